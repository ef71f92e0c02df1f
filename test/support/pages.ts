import type { SandboxFile } from '../../src/sandbox/sandbox-driver.ts';

/** Where the links of the first page are, each as high as this. */
const LINK_PX = 60;
const FOLDER = '/home/user/pages';
export const CONTENTS = `${FOLDER}/contents.html`;
const TOPICS = ['tables', 'pictures', 'text'] as const;

/** A picture that the browser has to draw: a thousand discs. */
const discs = Array.from({ length: 1000 }, (_, i) => {
  const [x, y] = [(i * 97) % 900, (i * 61) % 500];
  return `<circle cx="${x}" cy="${y}" r="14" fill="hsl(${(i * 7) % 360} 80% 60%)"/>`;
}).join('');
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="500">${discs}</svg>`;

const row = (n: number): string =>
  `<tr>${Array.from({ length: 8 }, (_, i) => `<td>${n * (i + 1)}</td>`).join('')}</tr>`;
const bodies: Readonly<Record<(typeof TOPICS)[number], string>> = {
  tables: `<table border="1">${Array.from({ length: 400 }, (_, n) => row(n)).join('')}</table>`,
  pictures: '<img src="discs.svg"><img src="discs.svg?again"><p>Below the pictures',
  text: '<p>The quick brown fox jumps over the lazy dog. '.repeat(1500),
};

const page = (title: string, body: string): string =>
  `<!doctype html><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="style.css">
<h1>${title}</h1>${body}`;
const links = TOPICS.map((topic) => `<a href="${topic}.html">Go to ${topic}</a>`).join('');

/** A site in files: a page of links to others that take their time to be drawn. */
export const PAGES: readonly SandboxFile[] = Object.entries({
  'contents.html': `<!doctype html><title>Contents</title><style>body{margin:0}
    a{display:block;height:${LINK_PX}px;width:300px}</style>${links}`,
  ...Object.fromEntries(TOPICS.map((topic) => [`${topic}.html`, page(`All ${topic}`, bodies[topic])])),
  'discs.svg': svg,
  'style.css': 'body{font:15px sans-serif;background:#fffbe8} h1{color:#036}',
}).map(([name, text]) => ({ path: `${FOLDER}/${name}`, content: Buffer.from(text) }));

/** Middle of a link below the top left corner of the page of links. */
export const linkAt = (index: number): { readonly x: number; readonly y: number } => ({
  x: 40,
  y: LINK_PX * (index % TOPICS.length) + 10,
});
