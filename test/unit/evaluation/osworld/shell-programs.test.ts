import { describe, expect, it } from 'vitest';
import { shellPrograms, splitWords } from '../../../../src/evaluation/osworld/shell-programs.ts';

describe('shellPrograms', () => {
  it.each([
    ['mkdir -p ~/a && cd ~/a; ls', ['mkdir', 'cd', 'ls']],
    ['A=1 B="x y" git log 2>/dev/null | head -n 1', ['git', 'head']],
    ["awk '{print $1; sudo}' a.txt >> out.txt 2>&1", ['awk']],
    ['[ "$(getent passwd "$USER" | cut -d: -f6)" = "/x" ] && echo yes', ['[', 'getent', 'cut', 'echo']],
    ['echo `date` "`id -u` and more"', ['echo', 'date', 'id']],
    ['for f in *.jpg; do if test -f "$f"; then exif "$f"; fi; done', ['test', 'exif']],
    ['export A=1\nprogram # sudo rm\nother', ['export', 'program', 'other']],
    ['(cd a; x) & y', ['cd', 'x', 'y']],
    ['nohup exec server --port 1', ['server']],
    ['find . -name "*.ipynb" -exec md5 {} \\;', ['find', 'md5']],
    ['"google-chrome" --x', ['google-chrome']],
    ['$EDITOR a.txt', ['$EDITOR']],
    ['', []],
  ])('%j starts %j', (line, programs) => {
    expect(shellPrograms(line)?.toSorted()).toEqual(programs.toSorted());
  });

  it.each([
    'cat <<END\nx\nEND',
    'case $1 in a) b ;; esac',
    'f() { x; }',
    'echo "open',
    'echo $(ls',
    'echo $((1+1))',
  ])('says nothing of %j', (line) => {
    expect(shellPrograms(line)).toBeUndefined();
  });
});

describe('splitWords', () => {
  it.each([
    ['which  spotify', ['which', 'spotify']],
    [`a "b c" 'd "e' f\\ g ""`, ['a', 'b c', 'd "e', 'f g', '']],
    [String.raw`"a\"b" 'c\d' "e\f"`, ['a"b', String.raw`c\d`, String.raw`e\f`]],
  ])('splits %j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it('says nothing of an open quote', () => {
    expect(splitWords('a "b')).toBeUndefined();
  });
});
