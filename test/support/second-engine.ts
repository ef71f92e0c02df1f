import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Engine, connectEngine } from '../../src/sandbox/docker/engine.ts';

const run = promisify(execFile);

/**
 * A container engine of the tests' own, which they may stop and start again: in a network namespace of its own, since
 * an engine rewrites the firewall of the one that it is in, and on a small disk in memory.
 */
export class SecondEngine implements AsyncDisposable {
  readonly #folder: string;
  readonly #namespace: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#namespace = `deskhand-${process.pid}`;
  }

  /** @param image reference of the image that it is given from the first engine */
  static async start(image: string): Promise<SecondEngine> {
    const engine = new SecondEngine(await mkdtemp(join(tmpdir(), 'dh-engine-')));
    try {
      await engine.#prepare();
      await engine.start();
      const load = `docker save ${image} | docker -H unix://${engine.socket} load`;
      await run('sh', ['-c', load], { timeout: 180_000 });
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  get socket(): string {
    return join(this.#folder, 'docker.sock');
  }

  /** Where it keeps its images and containers. */
  get disk(): string {
    return join(this.#folder, 'data');
  }

  async connect(): Promise<Engine> {
    return await connectEngine({ env: { DOCKER_HOST: `unix://${this.socket}` } });
  }

  async start(): Promise<void> {
    const folders = ['--data-root', this.disk, '--exec-root', join(this.#folder, 'exec')];
    const files = ['--pidfile', join(this.#folder, 'pid'), '-H', `unix://${this.socket}`];
    // `ip netns exec` would hide the control groups from it.
    const inside = [`--net=/run/netns/${this.#namespace}`, 'dockerd'];
    this.#process = spawn('nsenter', [...inside, ...folders, ...files], { stdio: 'ignore' });
    for (let tries = 0; ; tries++) {
      try {
        await run('docker', ['-H', `unix://${this.socket}`, 'version']);
        return;
      } catch (error) {
        if (tries > 200 || this.#process.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Ends it as a service manager does; its containers end with it. */
  async stop(): Promise<void> {
    const engine = this.#process;
    this.#process = undefined;
    if (engine === undefined || engine.exitCode !== null) return;
    const ended = once(engine, 'exit');
    engine.kill('SIGTERM');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await run('umount', ['--lazy', this.disk]).catch(() => {});
    await run('ip', ['netns', 'delete', this.#namespace]).catch(() => {});
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    await mkdir(this.disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1600m', 'deskhand-test', this.disk]);
    await run('ip', ['netns', 'add', this.#namespace]);
    await run('ip', ['netns', 'exec', this.#namespace, 'ip', 'link', 'set', 'lo', 'up']);
  }
}
