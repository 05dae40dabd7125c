/** Numbers as people read them: few digits, grouped thousands, a dash for nothing. */

export const NOTHING = "–";

const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumSignificantDigits: 3 });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : grouped.format(value);
}

export function shortCount(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : compact.format(value);
}

/** Three digits that matter; tiny values are not shown as zero. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return grouped.format(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  if (size >= 0.001) return value.toFixed(3);
  return value.toExponential(1);
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return NOTHING;
  const points = share * 100;
  const size = Math.abs(points);
  if (size === 0) return "0 %";
  if (size < 0.1) return "< 0.1 %";
  return `${points.toFixed(size >= 99.95 ? 0 : 1)} %`;
}

export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined || Number.isNaN(p)) return NOTHING;
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** "missing, share": what is counted, and that it is a share of all. */
const SHARE = /(?:^|, )(share|change|rate|ratio)$/;

/** A value in its unit: shares as percentages, the rest as they are. */
export function inUnit(value: number | null | undefined, unit: string): string {
  return SHARE.test(unit) ? percent(value) : number(value);
}

/** The unit to write behind a value; a percent sign says enough of "share". */
export function unitName(unit: string): string {
  return unit.replace(SHARE, "");
}

/** How far past its threshold: "8.2×". */
export function times(factor: number | null | undefined): string {
  if (factor === null || factor === undefined || Number.isNaN(factor)) return NOTHING;
  return `${factor >= 10 ? factor.toFixed(0) : factor.toFixed(1)}×`;
}
