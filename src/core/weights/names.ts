/** Whether a word of `balance: { by }` means this measure: by its own name, its monitor's, or both as `monitor/measure`. */
export function isMeant(word: string, monitor: string, measure: string): boolean {
  return word === measure || word === monitor || word === `${monitor}/${measure}`;
}
