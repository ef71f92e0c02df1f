import sharp from 'sharp';
import type { PngOptions } from 'sharp';
import type { SandboxDriver } from '../../../src/sandbox/sandbox-driver.ts';
import type { Size } from '../../../src/util/geometry.ts';
import { sample, summarize, timed } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import { openBenchDriver, openWindow, startDesktop } from './bench-desktop.ts';

const SIZE: Size = { width: 1440, height: 900 };
const TIMES = 15;
const WAYS: Readonly<Record<string, PngOptions>> = {
  'level 1': { compressionLevel: 1 },
  'level 2': { compressionLevel: 2 },
  'level 3': { compressionLevel: 3 },
  'level 4': { compressionLevel: 4 },
  'level 6': { compressionLevel: 6 },
  'level 9': { compressionLevel: 9 },
  'level 3, filtered': { compressionLevel: 3, adaptiveFiltering: true },
  'palette of 256': { palette: true, effort: 1 },
};

interface PngFigures {
  readonly screen: string;
  readonly way: string;
  readonly bytes: number;
  readonly ms: Summary;
}

/** Size and time of a screenshot's PNG by how it is compressed, for three kinds of screen. */
export async function benchPngLevels(): Promise<readonly PngFigures[]> {
  await using driver = await openBenchDriver();
  const screens = await takeScreens(driver);
  const figures: PngFigures[] = [];
  for (const [screen, pixels] of Object.entries(screens)) {
    for (const [way, options] of Object.entries(WAYS))
      figures.push(await measure(screen, pixels, way, options));
  }
  return figures;
}

async function measure(
  screen: string,
  pixels: Buffer,
  way: string,
  options: PngOptions,
): Promise<PngFigures> {
  let bytes = 0;
  const encode = async (): Promise<void> => {
    const image = sharp(pixels, { raw: { ...SIZE, channels: 3 } });
    bytes = (await image.png(options).toBuffer()).length;
  };
  const ms = summarize(await sample(TIMES, async () => await timed(encode)));
  return { screen, way, bytes, ms };
}

async function takeScreens(driver: SandboxDriver): Promise<Readonly<Record<string, Buffer>>> {
  await using desktop = await startDesktop(driver, SIZE);
  const { display, sandbox } = desktop;
  const take = async (): Promise<Buffer> =>
    await sharp((await display.screenshot()).png)
      .raw()
      .toBuffer();
  const plain = await take();
  const text = `${'some words to read and a few more of them '.repeat(3)}\n`.repeat(60);
  await sandbox.writeFiles([{ path: '/home/user/text.txt', content: Buffer.from(text) }]);
  await openWindow(desktop, 'thunar /usr', 'Thunar');
  await openWindow(desktop, 'mousepad --disable-server text.txt', 'Mousepad');
  await display.keyboard.chord(['Alt', 'F']);
  await display.settle();
  const windows = await take();
  await display.keyboard.chord(['Escape']);
  const photo = 'convert -seed 7 -size 1440x900 plasma:fractal -blur 0x1 photo.png';
  await sandbox.exec(['sh', '-c', `cd; ${photo}`], { timeoutMs: 60_000 });
  await openWindow(desktop, 'ristretto --fullscreen photo.png', 'photo');
  await display.ready({ timeoutMs: 30_000 });
  return {
    'plain desktop': plain,
    'editor, files and a menu': windows,
    'photo over the whole screen': await take(),
  };
}
