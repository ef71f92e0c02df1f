import { readdir } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { connectInside } from '../../../src/sandbox/docker/vnc-socket.ts';
import { sharedPart } from '../../../src/sandbox/docker/vnc-folder.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox-driver.ts';
import { ensureServersImage } from '../../support/tools-image.ts';
import { Bench } from '../sandbox/desktop.ts';

/** Where the sandbox's own folder is inside of it. */
const SOCKETS = '/vnc';
const TIMEOUT_MS = 30_000;

/** A sandbox in which VNC servers of others run, each on a Unix socket beside that of the desktop. */
export class ServerHall implements AsyncDisposable {
  readonly #sandbox: Sandbox;
  readonly #folder: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(sandbox: Sandbox, folder: string, resources: AsyncDisposableStack) {
    this.#sandbox = sandbox;
    this.#folder = folder;
    this.#resources = resources;
  }

  static async open(): Promise<ServerHall> {
    await using resources = new AsyncDisposableStack();
    const bench = resources.use(await Bench.open());
    const image = await ensureServersImage(bench.engine, bench.image);
    const driver = resources.use(await bench.driver({ image }));
    const sandbox = resources.use(await driver.create({ ...bench.spec, pidsLimit: 512 }));
    const [folder = ''] = await readdir(bench.runtimeFolder);
    return new ServerHall(sandbox, sharedPart(bench.runtimeFolder, folder), resources.move());
  }

  /** stdout of a shell script. Throws when the script fails. */
  async shell(script: string): Promise<Buffer> {
    const result = await this.#sandbox.exec(['sh', '-c', script], { timeoutMs: TIMEOUT_MS });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`${script}: exit code ${result.exitCode}: ${result.stderr.toString()}`);
  }

  async write(path: string, content: Buffer): Promise<void> {
    await this.#sandbox.writeFiles([{ path, content }]);
  }

  /**
   * Starts a program that makes a socket, and waits until the socket is there.
   * @param command has `SOCKET` where the socket's path belongs
   * @returns its process id
   */
  async start(socket: string, command: string): Promise<string> {
    const path = `${SOCKETS}/${socket}`;
    const pid = await this.run(command.replaceAll('SOCKET', path), socket);
    await this.shell(
      `until [ -S ${path} ]; do
         kill -0 ${pid} || { cat /tmp/${socket}.log >&2; exit 1; }
         sleep 0.05
       done`,
    );
    return pid;
  }

  /** Starts a program and lets it run; what it says goes to /tmp/NAME.log. */
  async run(command: string, name: string): Promise<string> {
    const pid = await this.shell(`cd /tmp; setsid ${command} </dev/null >/tmp/${name}.log 2>&1 & echo $!`);
    return pid.toString().trim();
  }

  async connect(socket: string): Promise<Duplex> {
    return await connectInside(this.#folder, socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
