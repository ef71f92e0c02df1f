/** Loaded into a process by --import: its wall clock jumps by JUMP_MS each time that it gets SIGUSR2. Timers go on as they are. */
const jumpMs = Number(process.env['JUMP_MS']);
const now = Date.now.bind(Date);
let offsetMs = 0;

process.on('SIGUSR2', () => {
  offsetMs += jumpMs;
});

globalThis.Date = new Proxy(Date, {
  construct: (target, argv, newTarget) =>
    Reflect.construct(target, argv.length === 0 ? [now() + offsetMs] : argv, newTarget),
  get: (target, key) => (key === 'now' ? () => now() + offsetMs : Reflect.get(target, key)),
});
