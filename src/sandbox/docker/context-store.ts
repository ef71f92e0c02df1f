import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { errorCode } from '../../util/system-errors.ts';

/** PEM texts for a connection with client certificates. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly isVerified: boolean;
}

/** What `docker context` keeps of one engine. */
export interface DockerContext {
  readonly name: string;
  /** A URL as in DOCKER_HOST. */
  readonly host: string;
  readonly tls: TlsMaterial | undefined;
}

const clientConfig = z.object({ currentContext: z.string().optional() });

const contextMeta = z.object({
  Endpoints: z.object({
    docker: z.object({ Host: z.string().optional(), SkipTLSVerify: z.boolean().optional() }),
  }),
});

/** Name of the context in use in `folder` (~/.docker or DOCKER_CONFIG); undefined when none was chosen. */
export async function currentContextName(folder: string): Promise<string | undefined> {
  const path = join(folder, 'config.json');
  const text = await readOptional(path);
  return text === undefined ? undefined : parse(clientConfig, text, path).currentContext;
}

/**
 * Reads one context from the client's store: contexts/meta/<sha256 of the name>/meta.json, and its
 * certificates from contexts/tls/<the same>/docker.
 * @throws InputError not-found when there is no context of that name
 */
export async function readContext(folder: string, name: string): Promise<DockerContext> {
  const id = createHash('sha256').update(name).digest('hex');
  const path = join(folder, 'contexts', 'meta', id, 'meta.json');
  const text = await readOptional(path);
  if (text === undefined) {
    throw new InputError('not-found', `There is no Docker context "${name}".`, {
      details: { path },
      hint: 'List them with `docker context ls`, or choose one with `docker context use NAME`.',
    });
  }
  const { Host: host = '', SkipTLSVerify: isUnverified = false } = parse(contextMeta, text, path).Endpoints
    .docker;
  const tls = await readTls(join(folder, 'contexts', 'tls', id, 'docker'), !isUnverified);
  return { name, host, tls };
}

/** The three files that the docker client names so; undefined when the folder has none of them. */
export async function readTls(folder: string, isVerified: boolean): Promise<TlsMaterial | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((file) => readOptional(join(folder, file))),
  );
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    isVerified,
  };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause) ?? '')) return undefined;
    throw new InputError('invalid-file', `Cannot read ${path}.`, { cause });
  }
}

function parse<T>(schema: z.ZodType<T>, text: string, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError('invalid-file', `${path} is not what the docker client writes.`, { cause });
  }
}
