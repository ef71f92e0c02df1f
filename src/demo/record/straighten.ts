import type { Point } from '../../util/geometry.ts';

/** So far a point may lie beside the line that goes without it, px. */
const TOLERANCE = 2;

/** The corners of a path: points that lie on the way from one to the next are left out (Douglas and Peucker, 1973). */
export function straighten(path: readonly Point[]): readonly Point[] {
  const [first] = path;
  const last = path.at(-1);
  if (first === undefined || last === undefined || path.length < 3) return path;
  const distances = path.map((point) => distanceTo(point, first, last));
  const farthest = Math.max(...distances);
  if (farthest <= TOLERANCE) return [first, last];
  const corner = distances.indexOf(farthest);
  return [...straighten(path.slice(0, corner + 1)).slice(0, -1), ...straighten(path.slice(corner))];
}

/** From a point to the line between two others. */
function distanceTo({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(x - from.x, y - from.y);
  const along = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length ** 2));
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
