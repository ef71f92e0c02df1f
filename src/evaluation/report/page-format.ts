import { formatUsd } from '../../util/money.ts';
import type { Interval } from '../numbers/interval.ts';

export function formatPercent(share: number | undefined): string {
  return share === undefined ? '–' : `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

export function formatRange(interval: Interval | undefined): string {
  if (interval === undefined) return '';
  return `${(interval.low * 100).toFixed(1)} to ${(interval.high * 100).toFixed(1)} %`;
}

export function formatMs(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

export function formatCount(count: number): string {
  if (count < 10_000) return String(count);
  return count < 1e6 ? `${Math.round(count / 1000)}k` : `${(count / 1e6).toFixed(1)}M`;
}

export function formatCost(usd: number | undefined): string {
  return usd === undefined ? '–' : formatUsd(usd);
}
