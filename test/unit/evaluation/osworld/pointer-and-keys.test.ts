import { expect, it } from 'vitest';
import { withoutPyautogui } from '../../../../src/evaluation/osworld/pointer-and-keys.ts';

it('does with xdotool what a few lines do with pyautogui', () => {
  const code =
    'import pyautogui; import time; time.sleep(0.5); pyautogui.click(960, 540); pyautogui.hotkey("ctrl", "alt", "t");' +
    "pyautogui.write('cd a; ls'); pyautogui.press(['enter']); pyautogui.press('f11'); pyautogui.doubleClick(1, 2)";
  expect(withoutPyautogui(code)).toEqual([
    ['sleep', '0.5'],
    ['xdotool', 'mousemove', '960', '540', 'click', '1'],
    ['xdotool', 'key', 'ctrl+alt+t'],
    ['xdotool', 'type', '--', 'cd a; ls'],
    ['xdotool', 'key', 'Return'],
    ['xdotool', 'key', 'F11'],
    ['xdotool', 'mousemove', '1', '2', 'click', '--repeat', '2', '--delay', '100', '1'],
  ]);
});

it.each([
  'import pyautogui; pyautogui.scroll(-20)',
  'import pyautogui; pyautogui.press("down", presses=40)',
  'import pyautogui; pyautogui.click()',
  "import pyautogui; pyautogui.hotkey('hyper', 'x')",
  'import pyautogui, os; os.remove("a")',
  "import pyautogui; pyautogui.write('a\\nb')",
])('leaves alone what is anything else: %s', (code) => {
  expect(withoutPyautogui(code)).toBeUndefined();
});
