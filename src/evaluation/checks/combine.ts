import { type Finding, scoreOf } from './check.ts';

/**
 * What several findings amount to. An error inside decides nothing by itself: `any` with one that passed has passed, `all`
 * with one that failed has failed, and only where the verdict hangs on it is the whole an error.
 */
export function combine(
  kind: 'all' | 'any' | 'none',
  findings: readonly Finding[],
  weights: readonly number[],
): Finding {
  const detail = findings.map((finding) => `${finding.result}: ${finding.detail}`).join('; ');
  const results = findings.map(({ result }) => result);
  switch (kind) {
    case 'all':
      return { result: verdictOfAll(results), detail, score: weightedScore(findings.map(scoreOf), weights) };
    case 'any':
      return { result: verdictOfAny(results), detail, score: Math.max(...findings.map(scoreOf)) };
    case 'none':
      return { result: opposite(verdictOfAny(results)), detail };
  }
}

type Verdict = Finding['result'];

function verdictOfAll(results: readonly Verdict[]): Verdict {
  if (results.includes('failed')) return 'failed';
  return results.includes('error') ? 'error' : 'passed';
}

function verdictOfAny(results: readonly Verdict[]): Verdict {
  if (results.includes('passed')) return 'passed';
  return results.includes('error') ? 'error' : 'failed';
}

function opposite(verdict: Verdict): Verdict {
  if (verdict === 'error') return 'error';
  return verdict === 'passed' ? 'failed' : 'passed';
}

/** The mean of scores, each by its weight. */
export function weightedScore(scores: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sum = scores.reduce((soFar, score, index) => soFar + score * (weights[index] ?? 1), 0);
  return total === 0 ? 0 : sum / total;
}
