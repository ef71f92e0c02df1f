/** What we use of tesseract-wasm 0.11: its own typings are not exported to NodeNext and need the DOM. */
declare module 'tesseract-wasm' {
  export interface TextItem {
    /** px of the loaded picture. */
    readonly rect: {
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    };
    readonly text: string;
    /** 0 to 1. */
    readonly confidence: number;
  }

  export interface OCREngine {
    setVariable(name: string, value: string): void;
    loadModel(model: Uint8Array): void;
    /** RGBA, 4 bytes a pixel. */
    loadImage(image: {
      readonly width: number;
      readonly height: number;
      readonly data: Uint8ClampedArray;
    }): void;
    getTextBoxes(unit: 'line' | 'word'): TextItem[];
  }

  export function supportsFastBuild(): boolean;
  export function createOCREngine(options: { readonly wasmBinary: Uint8Array }): Promise<OCREngine>;
}
