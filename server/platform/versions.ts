/** Whether a version `major.minor.patch` is newer than another; what stands behind a dash does not count. */
export function isNewer(candidate: string, current: string): boolean {
  const [a, b] = [candidate, current].map((version) => version.split(/[.-]/, 3).map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return false;
}
