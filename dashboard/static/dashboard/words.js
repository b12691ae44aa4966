// Durations and instants in words, as dashboard/words.py writes them.

const two = (number) => String(number).padStart(2, "0");

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
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${two(hours % 24)} h` : `${days} d`;
}

export function clockTime(instant) {
  const timeZone = document.documentElement.dataset.zone || "UTC";
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone }).format(instant);
}
