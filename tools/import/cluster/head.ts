/** The first lines of a configuration that was imported. */

/** `from`: the file, or what it was made of. */
export function headOf(kind: string, from: string, hasMail: boolean): readonly string[] {
  const name = from.slice(from.lastIndexOf('/') + 1);
  return [
    `Made by \`understudy import ${kind}\` from ${name}. What is not stated there is left to the defaults here.`,
    ...(hasMail ? [] : ['Nobody is told of a failure yet: that takes an alert of type `mail` and a section `mail`.']),
    'To tell problem of our own network from theirs, name a host that is always there: director: { reference: [...] }',
  ];
}
