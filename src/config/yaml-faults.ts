/** Messages for the YAML parser's faults. The parser's own messages quote the file, which may hold secrets. */
const words: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias cannot have an anchor or a tag',
  BAD_ALIAS: 'unknown alias, expected the anchor `&name` somewhere above its alias `*name`',
  BAD_COLLECTION_TYPE: 'the tag does not fit the value',
  BAD_DIRECTIVE: 'unknown `%` directive',
  BAD_DQ_ESCAPE: 'unknown escape in "double quotes"; \'single quotes\' take every character as it is',
  BAD_INDENT: 'wrong indentation, expected all entries of one map or list to start in the same column',
  BAD_PROP_ORDER: 'an anchor or a tag is in the wrong place',
  BAD_SCALAR_START: 'a plain value cannot begin with this character, put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'wrong nesting, expected the map on a line of its own, or quotes around a value that has `: ` in it',
  BLOCK_IN_FLOW: 'an indented map or list is not allowed inside brackets or braces',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, brace, comma or colon is missing here or above',
  MULTILINE_IMPLICIT_KEY: 'expected `key: value` on one line; is a colon missing?',
  MULTIPLE_ANCHORS: 'a value can have only one anchor',
  MULTIPLE_DOCS: 'expected one document, got a second one after `---`',
  MULTIPLE_TAGS: 'a value can have only one tag',
  RESOURCE_EXHAUSTION: 'maps and lists are nested too deeply',
  TAB_AS_INDENT: 'expected spaces for indentation, got a tab',
  TAG_RESOLVE_FAILED: 'unknown tag',
};

export function wordYamlFault(code: string, parserSays: string): string {
  // This code has two meanings, which only the parser's fixed text distinguishes.
  if (code === 'BAD_INDENT' && parserSays.startsWith('Flow ')) return 'a bracket or brace is not closed here or above';
  return words[code] ?? 'not valid YAML here; is a quote, a colon or a space after a colon missing?';
}
