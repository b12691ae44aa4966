// Addresses that the browser makes from what it knows.

// `runners` is the address of the list of runners.
export function runnerAddress(runners, runnerId) {
  return `${runners}${encodeURIComponent(runnerId)}/`;
}

// `executions` is what the addresses of all attempts begin with.
export function executionAddress(executions, runId) {
  return `${executions}${encodeURIComponent(runId)}/`;
}
