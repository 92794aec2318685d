/** "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** Milliseconds left at the average speed so far; unknown before anything is done. */
export const timeLeft = (elapsedMs: number, done: number, total: number): number | undefined =>
  done > 0 ? (elapsedMs / done) * (total - done) : undefined;
