/**
 * The page's behaviour: steps through the scenes. Plain browser JavaScript that only sets attributes, so that
 * nothing from a run can become markup; without it the page is a list of all scenes.
 */
export const SCRIPT = `'use strict';
(() => {
  const root = document.documentElement;
  const scenes = [...document.querySelectorAll('.scene')];
  const columns = [...document.querySelectorAll('[data-column]')];
  const [strip, scrub, counter, told, play] = ['strip', 'scrub', 'counter', 'told', 'play'].map((id) => document.getElementById(id));
  const PACE_MS = 1100;
  let current = 0;
  let timer = 0;

  const press = (button, isPressed) => button.setAttribute('aria-pressed', String(isPressed));
  const isList = () => root.dataset.view === 'list';

  function mark(index) {
    scenes[current].removeAttribute('data-current');
    columns[current].removeAttribute('data-current');
    current = Math.min(Math.max(index, 0), scenes.length - 1);
    scenes[current].setAttribute('data-current', '');
    columns[current].setAttribute('data-current', '');
    scrub.value = String(current + 1);
    scrub.setAttribute('aria-valuetext', scenes[current].dataset.title);
    counter.textContent = (current + 1) + ' of ' + scenes.length;
  }
  function show(index) {
    mark(index);
    told.textContent = counter.textContent + ': ' + scenes[current].dataset.title;
    history.replaceState(null, '', '#scene-' + (current + 1));
    const { top, bottom } = scenes[current].getBoundingClientRect();
    const isOutOfSight = bottom < innerHeight / 4 || top > innerHeight / 2;
    if (isList() || isOutOfSight) scenes[current].scrollIntoView({ block: 'start' });
  }
  function setView(view) {
    root.dataset.view = view;
    for (const button of document.querySelectorAll('[data-set-view]')) press(button, button.dataset.setView === view);
    show(current);
  }
  function setMoment(moment) {
    root.dataset.moment = moment;
    for (const button of document.querySelectorAll('[data-set-moment]')) press(button, button.dataset.setMoment === moment);
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    press(play, false);
  }
  function toggle() {
    if (timer !== 0) return stop();
    if (current === scenes.length - 1) show(0);
    press(play, true);
    timer = setInterval(() => {
      show(current + 1);
      if (current === scenes.length - 1) stop();
    }, PACE_MS);
  }
  function go(index) {
    stop();
    show(index);
  }

  const keys = {
    ArrowRight: () => go(current + 1),
    ArrowLeft: () => go(current - 1),
    Home: () => go(0),
    End: () => go(scenes.length - 1),
    ' ': toggle,
    a: () => setMoment(root.dataset.moment === 'after' ? 'before' : 'after'),
    l: () => setView(isList() ? 'one' : 'list'),
  };
  document.addEventListener('keydown', (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const belongsToControl = event.target === scrub || (event.key === ' ' && event.target.closest('button, a'));
    const act = keys[event.key];
    if (!isPlain || belongsToControl || act === undefined) return;
    event.preventDefault();
    act();
  });
  scrub.addEventListener('input', () => go(Number(scrub.value) - 1));
  const scrubTo = (event) => {
    const { left, width } = strip.getBoundingClientRect();
    go(Math.floor(((event.clientX - left) / width) * scenes.length));
  };
  strip.addEventListener('pointerdown', (event) => {
    strip.setPointerCapture(event.pointerId);
    scrubTo(event);
  });
  strip.addEventListener('pointermove', (event) => {
    if (strip.hasPointerCapture(event.pointerId)) scrubTo(event);
  });
  document.getElementById('previous').addEventListener('click', () => go(current - 1));
  document.getElementById('next').addEventListener('click', () => go(current + 1));
  play.addEventListener('click', toggle);
  for (const button of document.querySelectorAll('[data-set-view]')) {
    button.addEventListener('click', () => setView(button.dataset.setView));
  }
  for (const button of document.querySelectorAll('[data-set-moment]')) {
    button.addEventListener('click', () => setMoment(button.dataset.setMoment));
  }
  const watcher = new IntersectionObserver(
    (entries) => {
      const seen = entries.find((entry) => entry.isIntersecting);
      if (seen !== undefined && isList()) mark(scenes.indexOf(seen.target));
    },
    { rootMargin: '-35% 0px -60% 0px' },
  );
  for (const scene of scenes) watcher.observe(scene);

  const linked = scenes.findIndex((scene) => '#' + scene.id === location.hash);
  root.dataset.view = 'one';
  setMoment('before');
  mark(Math.max(linked, 0));
})();
`;
