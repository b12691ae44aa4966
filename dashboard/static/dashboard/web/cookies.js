// Choices of this browser that the server reads to draw a page right the first time.

const YEAR = 365 * 24 * 3600;

// Values are plain words and names of zones: nothing that a cookie would need encoded.
export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}
