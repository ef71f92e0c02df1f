/** Pixels from the top left corner; zero is a coordinate. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels; x, y is the top left corner. */
export interface Rect extends Point, Size {}
