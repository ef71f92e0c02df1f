/** The look of frames and of what is drawn on them. The marks keep their colours in light and dark. */
export const PICTURE_STYLE = `
.picture {
  display: block; width: 100%; height: auto; border-radius: 10px; background: var(--faint);
  box-shadow: 0 0 0 1px var(--line), 0 12px 32px -16px rgb(0 0 0 / 0.28);
}
.after { display: none; }
@media screen {
  [data-moment="after"] .picture:has(.after) .before { display: none; }
  [data-moment="after"] .after { display: inline; }
}
[data-moment="after"] .change-note { color: var(--ink); }
.void { fill: var(--faint); } .void-note { fill: var(--soft); text-anchor: middle; font-family: var(--sans); }
.halo-dark, .halo, .ink { fill: none; stroke-linecap: round; stroke-linejoin: round; }
.halo-dark { stroke: rgb(0 0 0 / 0.45); stroke-width: 11; } .halo { stroke: #fff; stroke-width: 8; }
.ink { stroke: #e0115f; stroke-width: 4.5; }
.dot { fill: #e0115f; stroke: #fff; stroke-width: 2; }
.head { fill: #e0115f; } .head-halo { fill: #fff; stroke: #fff; stroke-width: 6; stroke-linejoin: round; }
.plate { fill: rgb(20 18 20 / 0.9); stroke: rgb(255 255 255 / 0.85); stroke-width: 1.5; }
.label text, .keycaps text { font-family: var(--mono); }
.label text { fill: #fff; white-space: pre; } .label .kind { fill: #ff8fb3; }
.cap { fill: #fdfcfa; stroke: #8b867d; stroke-width: 1.5; } .cap-side { fill: #8b867d; }
.cap-name, .plus { text-anchor: middle; fill: #1c1b1a; font-weight: 600; }
.plus { fill: #fff; stroke: rgb(0 0 0 / 0.8); stroke-width: 5; paint-order: stroke; }
.failed .ink { stroke-dasharray: 9 10; } .failed .dot { fill: #fff; stroke: #e0115f; }
.change, .change-halo { fill: none; } .change-halo { stroke: rgb(0 0 0 / 0.5); stroke-width: 5; }
.change { stroke: #ffd23f; stroke-width: 2.5; }
`;
