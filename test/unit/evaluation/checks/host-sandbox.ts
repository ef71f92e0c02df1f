import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SandboxError } from '../../../../src/errors.ts';
import type {
  ExecOptions,
  ExecResult,
  Sandbox,
  SandboxFile,
} from '../../../../src/sandbox/sandbox-driver.ts';

/** Runs what a task asks for on the machine of the test, so that its shell lines are really tried. */
export class HostSandbox implements Pick<Sandbox, 'exec' | 'readFile' | 'writeFiles' | 'name'> {
  readonly name = 'host';
  readonly ran: (readonly string[])[] = [];
  /** Thrown by every call when set: a sandbox that is gone. */
  fault: Error | undefined;

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    if (this.fault !== undefined) throw this.fault;
    this.ran.push(argv);
    const [program = '', ...rest] = argv;
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], signal: options.signal });
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', (cause) => reject(new SandboxError('exec-failed', cause.message, { cause })));
      child.on('close', (code) => resolve(code ?? -1));
    });
    const [exitCode, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)]);
    return { exitCode, stdout, stderr };
  }

  async readFile(path: string): Promise<Buffer> {
    if (this.fault !== undefined) throw this.fault;
    return await readFile(path);
  }

  async writeFiles(files: readonly SandboxFile[]): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    for (const { path, content, mode } of files) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode: mode ?? 0o644 });
    }
  }
}
