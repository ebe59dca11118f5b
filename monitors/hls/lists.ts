/** HLS lists as values. */
export type Playlist = MediaList | MasterList | { readonly kind: 'broken'; readonly why: string };

export interface MediaList {
  readonly kind: 'media';
  readonly sequence: number;
  readonly targetS: number;
  /** Segments, and parts of the segment that is being written. */
  readonly count: number;
  /** True with ENDLIST or type VOD: nothing will be added. */
  readonly complete: boolean;
  /** The newest segment that is not declared a gap. */
  readonly newest: Segment | null;
  /** The initialization section of fMP4 segments. */
  readonly map: Segment | null;
  /** The end of the list in ms since the epoch, by the encoder's clock; null: not given. */
  readonly endsAtMs: number | null;
}

/** A resource, or a byte range of it. */
export interface Piece {
  readonly uri: string;
  readonly range: { readonly offset: number; readonly length: number } | null;
}

/** A piece of media. */
export interface Segment extends Piece {
  /** Its content cannot be recognized. */
  readonly encrypted: boolean;
}

export interface MasterList {
  readonly kind: 'master';
  /** URIs of the variants in the list's order, and of renditions such as other audio tracks. */
  readonly variants: readonly string[];
  readonly renditions: readonly string[];
}
