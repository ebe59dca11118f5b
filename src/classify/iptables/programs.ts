/** The names or paths of iptables' programs. */
export interface Programs {
  readonly 4: FamilyPrograms;
  readonly 6: FamilyPrograms;
  readonly ipset: string | null;
}

export interface FamilyPrograms {
  readonly plain: string;
  readonly save: string;
  readonly restore: string;
}
