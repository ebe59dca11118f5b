import { type ExitCode, printJson, type Session } from './session.ts';

/** The JSON Schema of the configuration, for editors. */
export async function schema(
  session: Session,
  jsonSchema: (configFile: string | null) => Promise<object>,
  configFile: string | null,
): Promise<ExitCode> {
  printJson(session, await jsonSchema(configFile));
  return 0;
}
