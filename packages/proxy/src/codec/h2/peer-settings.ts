// What the peer has said about itself in SETTINGS (RFC 9113 6.5.2, RFC 8441).

import { DEFAULT_WINDOW, MAX_31, MAX_MAX_FRAME_SIZE, MIN_MAX_FRAME_SIZE, SETTING } from './frame.ts';
import { uint32 } from './frame-reader.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

/** More would be memory for nothing: what is sent repeats little beyond this. */
const MAX_TABLE_SIZE = 4_096;

export class PeerSettings {
  /** It has said something at all. */
  isKnown = false;
  maxConcurrentStreams = Number.POSITIVE_INFINITY;
  initialWindowSize = DEFAULT_WINDOW;
  maxFrameSize = MIN_MAX_FRAME_SIZE;
  headerTableSize = MAX_TABLE_SIZE;
  allowsExtendedConnect = false;

  /** Takes a frame's settings in their order, of which the last of a kind holds. */
  take(bytes: Buffer, start: number, end: number): H2Refusal | undefined {
    this.isKnown = true;
    for (let at = start; at < end; at += 6) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const refusal = this.#set(id, uint32(bytes, at + 2));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #set(id: number, value: number): H2Refusal | undefined {
    switch (id) {
      case SETTING.headerTableSize:
        this.headerTableSize = Math.min(value, MAX_TABLE_SIZE);
        return undefined;
      case SETTING.enablePush:
        return value > 1 ? REFUSALS.setting : undefined;
      case SETTING.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return undefined;
      case SETTING.initialWindowSize:
        if (value > MAX_31) return REFUSALS.windowSetting;
        this.initialWindowSize = value;
        return undefined;
      case SETTING.maxFrameSize:
        if (value < MIN_MAX_FRAME_SIZE || value > MAX_MAX_FRAME_SIZE) return REFUSALS.setting;
        this.maxFrameSize = value;
        return undefined;
      case SETTING.enableConnectProtocol:
        // It cannot be taken back (RFC 8441 3).
        if (value > 1 || (value === 0 && this.allowsExtendedConnect)) return REFUSALS.setting;
        this.allowsExtendedConnect = value === 1;
        return undefined;
      default:
        return undefined;
    }
  }
}
