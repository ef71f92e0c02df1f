import { type Command, Option } from 'commander';

/** The flags that set what a file, a task or the environment may set too: docs/configuration.md. */
export function addConfigFlags(command: Command): Command {
  const flags: readonly (readonly [string, string])[] = [
    ['--config <file>', 'settings file (default: deskhand.yaml where there is one)'],
    ['--model <provider[:name]>', 'azure, openai, local or replay, and which model, deployment or cassette'],
    ['--tool <tool>', 'computer or computer_use_preview (default: what the model takes)'],
    ['--history <keeper>', 'server, or client: nothing is stored at the server (default: server)'],
    ['--base-url <url>', 'another server that speaks the Responses API'],
    [
      '--gate <gate>',
      'who decides: prompt, deny, policy or auto (default: prompt; without a terminal it denies)',
    ],
    ['--policy <file>', 'rules of --gate policy (default: those of docs/default-policy.yaml)'],
    ['--i-accept-the-risk', 'lets --gate auto approve whatever the model asks for, unseen'],
    [
      '--functions <list>',
      'what the model may call beside the computer: shell, ask_user, none (default: none)',
    ],
    ['--environment <name>', 'linux, or browser: Chromium fills the screen (default: linux)'],
    ['--url <address>', 'what the browser opens (default: about:blank)'],
    ['--display <WxH>', 'size of the desktop in px (default: 1440x900; preview tool: 1024x768)'],
    ['--screen <WxH>', 'size of the real screen, shown as large as it fits (default: that of the display)'],
    ['--image <reference>', 'desktop image (default: the one that deskhand builds)'],
    ['--network <mode>', 'none or full (every public address, by proxy) (default: none)'],
    ['--memory <size>', 'memory of the desktop (default: 1g)'],
    ['--cpus <number>', 'processors of the desktop (default: 1.5)'],
    ['--pids <number>', 'processes of the desktop (default: 256)'],
    [
      '--clock <time>',
      "what the desktop's clock says when it starts, such as 2026-01-15T09:00Z (default: real)",
    ],
    ['--vnc <way>', 'auto, socket or exec (default: auto)'],
    ['--runtime <name>', 'what the engine runs the desktop with, such as runsc (gVisor)'],
    ['--max-turns <number>', 'model requests (default: 100)'],
    ['--max-time <duration>', 'time for the agent, such as 90s or 10m (default: 10m)'],
    ['--max-tokens <number>', 'input and output tokens together (default: no limit)'],
    ['--budget-usd <dollars>', 'what the model may cost, by the price table (default: no limit)'],
    ['--max-repeats <number>', 'turns in a row that do the same to no effect (default: 10)'],
    ['--prices <file>', 'price table that goes before the built-in one'],
    ['--runs <folder>', 'where runs are kept (default: runs)'],
  ];
  for (const [flag, text] of flags) command.addOption(new Option(flag, text));
  const lists: readonly (readonly [string, string])[] = [
    ['--allow-domain <name>', 'a name that the desktop may reach, such as *.example.com; repeatable'],
    ['--allow-download <host>', "a host that a task's files may be fetched from by this machine; repeatable"],
  ];
  for (const [flag, text] of lists) {
    command.addOption(
      new Option(flag, text).argParser((name, before?: string) =>
        before === undefined ? name : `${before},${name}`,
      ),
    );
  }
  return command;
}
