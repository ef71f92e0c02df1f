import type { Rect } from '../../util/geometry.ts';
import type { EdgeMask } from './edges.ts';

/** A group of marks that touch, corners included. */
export interface Component extends Rect {
  /** Marks in it. */
  readonly marks: number;
}

interface Extent {
  left: number;
  top: number;
  right: number;
  bottom: number;
  marks: number;
}

function include(extent: Extent, x: number, y: number): void {
  extent.left = Math.min(extent.left, x);
  extent.right = Math.max(extent.right, x);
  extent.top = Math.min(extent.top, y);
  extent.bottom = Math.max(extent.bottom, y);
  extent.marks++;
}

/** Visits the unvisited neighbours of `at`, pushes them and marks them as visited. */
function pushNeighbours(edges: EdgeMask, visited: Uint8Array, at: number, stack: number[]): void {
  const x = at % edges.width;
  const y = (at - x) / edges.width;
  for (let ny = Math.max(0, y - 1); ny <= Math.min(edges.height - 1, y + 1); ny++) {
    for (let nx = Math.max(0, x - 1); nx <= Math.min(edges.width - 1, x + 1); nx++) {
      const next = ny * edges.width + nx;
      if (edges.mask[next] !== 1 || visited[next] === 1) continue;
      visited[next] = 1;
      stack.push(next);
    }
  }
}

function flood(edges: EdgeMask, visited: Uint8Array, seed: number): Component {
  const extent: Extent = { left: Infinity, top: Infinity, right: -1, bottom: -1, marks: 0 };
  const stack = [seed];
  visited[seed] = 1;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    include(extent, at % edges.width, Math.floor(at / edges.width));
    pushNeighbours(edges, visited, at, stack);
  }
  const { left, top, right, bottom, marks } = extent;
  // A mark stands between two pixels, this one and the next: the box takes both in.
  return { x: left, y: top, width: right - left + 2, height: bottom - top + 2, marks };
}

/** All groups of touching marks, in reading order of their first pixel. */
export function findComponents(edges: EdgeMask): readonly Component[] {
  const visited = new Uint8Array(edges.mask.length);
  const components: Component[] = [];
  for (let at = 0; at < edges.mask.length; at++) {
    if (edges.mask[at] === 1 && visited[at] === 0) components.push(flood(edges, visited, at));
  }
  return components;
}
