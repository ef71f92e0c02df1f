import { expect, test } from 'vitest';
import { Framebuffer } from '../../../src/display/framebuffer.ts';
import { ScreenMemory } from '../../../src/display/screen-memory.ts';
import type { Rect } from '../../../src/util/geometry.ts';

const MENU: Rect = { x: 0, y: 32, width: 96, height: 96 };
const SUBMENU: Rect = { x: 96, y: 64, width: 64, height: 64 };

/** A screen that is drawn on and remembered. */
function createScreen() {
  const framebuffer = new Framebuffer({ width: 320, height: 200 });
  const memory = new ScreenMemory();
  const screen = {
    get size() {
      return framebuffer.size;
    },
    get framebuffer() {
      return framebuffer.pixels;
    },
  };
  memory.remember(screen);
  return {
    draw: (rect: Rect, value: number): void => {
      for (let y = rect.y; y < rect.y + rect.height; y++) {
        const from = framebuffer.offsetOf(rect.x, y);
        framebuffer.pixels.fill(value, from, from + rect.width * 4);
      }
      memory.touch([rect]);
    },
    settle: () => memory.remember(screen),
    hasReturned: () => memory.hasReturned(screen),
    resize: (width: number, height: number) => framebuffer.resize({ width, height }),
  };
}

test('tells a menu that closes from one that opens, every time', () => {
  const { draw, settle, hasReturned } = createScreen();
  for (let i = 0; i < 3; i++) {
    draw(MENU, 200);
    expect(hasReturned()).toBe(false);
    settle();
    draw(MENU, 0);
    expect(hasReturned()).toBe(true);
    settle();
  }
});

test('sees a menu and its submenu close at once', () => {
  const { draw, settle, hasReturned } = createScreen();
  draw(MENU, 200);
  settle();
  draw({ ...MENU, height: 32 }, 220);
  draw(SUBMENU, 200);
  settle();
  draw(MENU, 0);
  draw(SUBMENU, 0);
  expect(hasReturned()).toBe(true);
});

test('does not take something new for a return, nor the rest of a screen that stays', () => {
  const { draw, settle, hasReturned } = createScreen();
  expect(hasReturned()).toBe(false);
  draw(MENU, 200);
  settle();
  draw(MENU, 0);
  draw({ x: 0, y: 128, width: 320, height: 64 }, 50);
  expect(hasReturned()).toBe(false);
});

test('allows for what the pointer lights up beneath', () => {
  const { draw, settle, hasReturned } = createScreen();
  draw(MENU, 200);
  settle();
  draw(MENU, 0);
  draw({ x: 10, y: 40, width: 10, height: 10 }, 33);
  expect(hasReturned()).toBe(true);
});

test('forgets a screen of another size', () => {
  const { draw, settle, hasReturned, resize } = createScreen();
  draw(MENU, 200);
  settle();
  resize(400, 300);
  settle();
  draw(MENU, 0);
  expect(hasReturned()).toBe(false);
});
