import type { Engine } from '../engine.ts';
import { browserImageFolder, readBuildContext } from './build-context.ts';
import { buildImage, ensureImage, inspectImage } from './desktop-image.ts';
import type { BuildImageOptions, DesktopImage, ImageOptions } from './desktop-image.ts';
import { browserRepository } from './image-client.ts';

type BrowserOptions = Pick<BuildImageOptions, 'signal' | 'base' | 'onProgress'>;

/** The desktop with a browser, of this version or built last; undefined when there is neither. */
export async function inspectBrowserImage(
  engine: Engine,
  { signal }: Pick<ImageOptions, 'signal'> = {},
): Promise<DesktopImage | undefined> {
  return await inspectImage(engine, { signal, ...(await browserContext()) });
}

/**
 * Builds the desktop with a browser, and the desktop below it, unless the engine has them.
 * @param options `base`: of the desktop
 * @throws as ensureImage
 */
export async function ensureBrowserImage(
  engine: Engine,
  options: BrowserOptions = {},
): Promise<DesktopImage & { readonly isNew: boolean }> {
  const { reference: base } = await ensureImage(engine, options);
  return await ensureImage(engine, { ...options, base, ...(await browserContext()) });
}

/** Builds both whether or not they are there. @throws as buildImage */
export async function buildBrowserImage(engine: Engine, options: BrowserOptions = {}): Promise<DesktopImage> {
  const { reference: base } = await buildImage(engine, options);
  return await buildImage(engine, { ...options, base, ...(await browserContext()) });
}

async function browserContext(): Promise<Required<Pick<ImageOptions, 'folder' | 'upon' | 'repository'>>> {
  const { hash: upon } = await readBuildContext();
  return { folder: browserImageFolder, upon, repository: browserRepository };
}
