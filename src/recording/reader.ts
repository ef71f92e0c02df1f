import { createReadStream } from 'node:fs';
import { StorageError } from '../errors.ts';
import { decodeLine } from './line-codec.ts';
import { splitLines } from './split-lines.ts';
import { toStorageError } from './storage-error.ts';
import { TRAJECTORY_VERSION, trajectoryLine } from './trajectory.ts';
import type { EventOf, TrajectoryLine } from './trajectory.ts';
import { upgradeLine } from './upgrade.ts';

/** Where a file stops being readable. */
interface TrajectoryDamage {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface TrajectoryReading {
  readonly path: string;
  /** The format that the file was written in; the lines are in the present one. Undefined when it cannot be told. */
  readonly version: number | undefined;
  /** All lines up to the damage or the end. */
  readonly lines: readonly TrajectoryLine[];
  readonly start: EventOf<'run-started'> | undefined;
  /** Absent when the run was killed, still goes on, or the end of the file is lost. */
  readonly end: EventOf<'run-finished'> | undefined;
  readonly damage: TrajectoryDamage | undefined;
  /** How far the file can be trusted, bytes: where a resumed run goes on writing. */
  readonly soundBytes: number;
}

/** Why a line that has no line feed cannot be read: what a kill leaves, and nothing comes after it. */
export const CUT_OFF = 'the line is cut off';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads as much of a trajectory as can be trusted: every line has to match its checksum, the schema and its number.
 * Damage does not throw; it is told in the result.
 * @throws StorageError read-failed, unsupported-version
 */
export async function scanTrajectory(path: string, options: Cancellable = {}): Promise<TrajectoryReading> {
  const lines: TrajectoryLine[] = [];
  let damage: TrajectoryDamage | undefined;
  let soundBytes = 0;
  let version: number | undefined;
  const { signal } = options;
  try {
    const stream = createReadStream(path, signal === undefined ? {} : { signal });
    for await (const { bytes, isWhole } of splitLines(stream)) {
      const result = readLine(bytes, { seq: lines.length, version, path });
      if (typeof result === 'string') {
        damage = { line: lines.length + 1, reason: isWhole ? result : CUT_OFF };
        break;
      }
      version = result.version;
      lines.push(result.line);
      soundBytes += bytes.length + (isWhole ? 1 : 0);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw toStorageError(error, `read ${path}`, { code: 'read-failed' });
  }
  if (lines.length === 0) damage ??= { line: 1, reason: 'the file is empty' };
  const [first, last] = [lines[0]?.event, lines.at(-1)?.event];
  return {
    path,
    version,
    lines,
    start: first?.type === 'run-started' ? first : undefined,
    end: last?.type === 'run-finished' ? last : undefined,
    damage,
    soundBytes,
  };
}

/**
 * Reads a trajectory that has to be sound up to its last line. A run that was killed is sound: it has no end.
 * @throws StorageError corrupt-trajectory (`details.reading` is what could be read), read-failed, unsupported-version
 */
export async function readTrajectory(path: string, options: Cancellable = {}): Promise<TrajectoryReading> {
  const reading = await scanTrajectory(path, options);
  if (reading.damage === undefined) return reading;
  const { line, reason } = reading.damage;
  throw new StorageError('corrupt-trajectory', `${path} is damaged at line ${line}: ${reason}.`, {
    details: { line, reason, reading },
    hint: `The ${reading.lines.length} lines before it can be read.`,
  });
}

/** The first event. @throws StorageError corrupt-trajectory when not even that can be read */
export function startOf({ path, start, damage }: TrajectoryReading): EventOf<'run-started'> {
  if (start !== undefined) return start;
  const where = `line ${damage?.line ?? 1}: ${damage?.reason ?? 'no run starts there'}`;
  throw new StorageError('corrupt-trajectory', `${path} is damaged at ${where}.`, { details: { damage } });
}

/** Reads a trajectory that is still being written, piece by piece. */
export class LineReader {
  #rest = Buffer.alloc(0);
  #count = 0;
  #version: number | undefined;
  #isDamaged = false;

  /** Whether a line could not be read; nothing after it is. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** The lines that `chunk` completes. @throws StorageError unsupported-version */
  push(chunk: Buffer): readonly TrajectoryLine[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf('\n') + 1;
    this.#rest = Buffer.from(bytes.subarray(end));
    const lines: TrajectoryLine[] = [];
    for (let from = 0; from < end && !this.#isDamaged;) {
      const to = bytes.indexOf('\n', from);
      const result = readLine(bytes.subarray(from, to), { seq: this.#count, version: this.#version });
      from = to + 1;
      if (typeof result === 'string') {
        this.#isDamaged = true;
      } else {
        this.#version = result.version;
        this.#count += 1;
        lines.push(result.line);
      }
    }
    return lines;
  }
}

interface VersionedLine {
  readonly line: TrajectoryLine;
  readonly version: number;
}

interface Expected {
  readonly seq: number;
  /** What the first line has told. */
  readonly version: number | undefined;
  readonly path?: string;
}

/** The line, or what is wrong with it. */
function readLine(bytes: Buffer, { seq, version: known, path }: Expected): VersionedLine | string {
  const decoded = decodeLine(bytes);
  if (!decoded.ok) return decoded.reason;
  const version = known ?? versionOf(decoded.json, path);
  if (typeof version === 'string') return version;
  const parsed = trajectoryLine.safeParse(upgradeLine(decoded.json, version));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'not as in the schema'}`;
  }
  const line = parsed.data;
  if (line.seq !== seq) return `line number ${line.seq} where ${seq} was expected`;
  if (seq > 0 && line.event.type === 'run-started') return 'a second run starts in the same file';
  return { line, version };
}

/**
 * The version that the first line tells, or what is wrong with it. Asked before the schema: a newer format is not a
 * damaged file.
 */
function versionOf(json: unknown, path = 'The trajectory'): number | string {
  const event = member(json, 'event');
  const version = member(event, 'version');
  if (member(event, 'type') !== 'run-started') return 'the first event is not run-started';
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return 'event.version: not a version of this format';
  }
  if (version <= TRAJECTORY_VERSION) return version;
  throw new StorageError(
    'unsupported-version',
    `${path} has format ${version}; this deskhand reads formats up to ${TRAJECTORY_VERSION}.`,
    { details: { version, supported: TRAJECTORY_VERSION }, hint: 'Read it with a newer deskhand.' },
  );
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
