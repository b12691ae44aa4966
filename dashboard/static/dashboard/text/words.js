// Durations and counts in words, as dashboard/text/words.py writes them.

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

// 850 ms, 7.5 s, 1 m 20 s, 3 h 05 m, 1 d 0 h 04 m.
export function length(milliseconds) {
  const whole = roundHalfEven(Math.max(milliseconds, 0));
  if (whole === 0) {
    return "0 s";
  }
  if (whole < 1000) {
    return `${whole} ms`;
  }
  if (whole < 60_000) {
    return `${whole / 1000} s`;
  }
  return duration(roundHalfEven(whole / 1000) * 1000);
}

// As Python rounds.
export function roundHalfEven(number) {
  const floor = Math.floor(number);
  if (number - floor === 0.5) {
    return floor % 2 ? floor + 1 : floor;
  }
  return Math.round(number);
}

export function count(number, singular) {
  return `${number.toLocaleString("en")} ${singular}${number === 1 ? "" : "s"}`;
}

// "{holder} holds for {since}." with its gaps filled.
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
