/** Local date and time, to the second. */
export function formatTime(at: number): string {
  return `${dayOf(at)} ${clockOf(at)}`;
}

/** From when to when, in local time, to the second; the day stands once where it is the same. */
export function formatSpan(from: number, to: number): string {
  return `from ${formatTime(from)} to ${dayOf(from) === dayOf(to) ? clockOf(to) : formatTime(to)}`;
}

function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
}

function clockOf(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
