import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type OCREngine, createOCREngine, supportsFastBuild } from 'tesseract-wasm';
import type { GrayImage } from './raster.ts';

/** Page segmentation modes of Tesseract (`tesseract --help-psm`). */
export type PageMode = 'auto' | 'single-line' | 'single-glyph' | 'sparse';

const PAGE_MODES: Readonly<Record<PageMode, string>> = {
  auto: '3',
  'single-line': '7',
  'single-glyph': '10',
  sparse: '11',
};

/** A word in the picture that was read; px of that picture. */
export interface EngineWord {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly confidence: number;
}

function toRgba({ width, height, gray }: GrayImage) {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  gray.forEach((value, at) => data.fill(value, at * 4, at * 4 + 3));
  return { width, height, data };
}

/** Tesseract, compiled to WebAssembly, with the English model. Blocks the thread that it runs on. */
export class Engine {
  readonly #engine: OCREngine;

  private constructor(engine: OCREngine) {
    this.#engine = engine;
  }

  static async create(): Promise<Engine> {
    const { resolve } = createRequire(import.meta.url);
    const core = supportsFastBuild() ? 'tesseract-core.wasm' : 'tesseract-core-fallback.wasm';
    const engine = await createOCREngine({
      wasmBinary: readFileSync(join(dirname(resolve('tesseract-wasm')), core)),
    });
    const model = join(dirname(resolve('@tesseract.js-data/eng')), '4.0.0_best_int', 'eng.traineddata.gz');
    engine.loadModel(gunzipSync(readFileSync(model)));
    return new Engine(engine);
  }

  read(image: GrayImage, mode: PageMode): readonly EngineWord[] {
    this.#engine.loadImage(toRgba(image));
    // Loading a picture resets the page mode, so all variables are set after it.
    this.#engine.setVariable('tessedit_pageseg_mode', PAGE_MODES[mode]);
    this.#engine.setVariable('user_defined_dpi', '300');
    this.#engine.setVariable('tessedit_do_invert', '0');
    return this.#engine
      .getTextBoxes('word')
      .map(({ rect, text, confidence }) => ({ text: text.trim(), confidence, ...rect }))
      .filter((word) => word.text !== '');
  }
}
