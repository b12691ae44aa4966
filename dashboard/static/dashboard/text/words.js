// Durations in words, as dashboard/text/words.py writes them.

const two = (number) => String(number).padStart(2, "0");

// Whole seconds, for what goes on counting.
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return seconds % 60 ? `${minutes} m ${two(seconds % 60)} s` : `${minutes} m`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return minutes % 60 ? `${hours} h ${two(minutes % 60)} m` : `${hours} h`;
  }
  const days = `${Math.floor(hours / 24)} d`;
  if (minutes % 60) {
    return `${days} ${hours % 24} h ${two(minutes % 60)} m`;
  }
  return hours % 24 ? `${days} ${hours % 24} h` : days;
}
