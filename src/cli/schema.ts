import { type ExitCode, printJson, type Session } from './session.ts';

/** The JSON Schema of the configuration, for editors. */
export async function schema(session: Session, jsonSchema: () => Promise<object>): Promise<ExitCode> {
  printJson(session, await jsonSchema());
  return 0;
}
