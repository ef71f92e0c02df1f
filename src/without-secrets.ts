import type { ModelClient } from './model/model-client.ts';
import type { AuditLog } from './safety/audit/audit-log.ts';
import { type TaskSecrets, toPlaceholder } from './safety/task-secrets.ts';

/** A model that is told of the secrets' names only, whatever a function, a check or an error has to say. */
export function modelWithoutSecrets(client: ModelClient, secrets: TaskSecrets): ModelClient {
  if (secrets.names.length === 0) return client;
  const { provider, model, tool } = client;
  return {
    provider,
    model,
    tool,
    start: (brief) => {
      const conversation = client.start(secrets.redact(brief));
      return { respond: (input, options) => conversation.respond(secrets.redact(input), options) };
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** An audit log that keeps the secrets' names only. */
export function auditWithoutSecrets(log: AuditLog, secrets: TaskSecrets): AuditLog {
  return {
    get head() {
      return log.head;
    },
    append: (event) => log.append(secrets.redact(event)),
    close: (outcome) => log.close(outcome),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

/** What the model has to know of the secrets that it may type. */
export function notesOn({ names }: TaskSecrets): readonly string[] {
  if (names.length === 0) return [];
  const list = names.map(toPlaceholder).join(', ');
  return [
    `There are secrets that you may type and will not see: ${list}. Type such a name as it stands here, braces and ` +
      'all, where its value belongs: the value is typed in its place. What it leaves on the screen is covered in grey.',
  ];
}
