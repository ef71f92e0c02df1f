/**
 * pass@k: the chance that at least one of k trials passes, unbiased from n trials of which c passed: 1 - C(n-c, k) / C(n, k)
 * (Chen et al. 2021, "Evaluating Large Language Models Trained on Code"). Undefined where k is more than n.
 */
export function passAtK(trials: number, passed: number, k: number): number | undefined {
  if (k > trials || k < 1) return undefined;
  return 1 - chooseRatio(trials - passed, trials, k);
}

/**
 * pass^k: the chance that all of k trials pass, unbiased: C(c, k) / C(n, k) (Yao et al. 2024, "τ-bench"). Undefined where k is more
 * than n.
 */
export function passHatK(trials: number, passed: number, k: number): number | undefined {
  if (k > trials || k < 1) return undefined;
  return chooseRatio(passed, trials, k);
}

/** C(part, k) / C(whole, k), factor by factor, so that nothing overflows. */
function chooseRatio(part: number, whole: number, k: number): number {
  if (part < k) return 0;
  let ratio = 1;
  for (let drawn = 0; drawn < k; drawn++) ratio *= (part - drawn) / (whole - drawn);
  return ratio;
}

/** The chance that two trials of a task differ in their verdict, unbiased; undefined for fewer than two. */
export function flipRate(trials: number, passed: number): number | undefined {
  if (trials < 2) return undefined;
  return (2 * passed * (trials - passed)) / (trials * (trials - 1));
}
