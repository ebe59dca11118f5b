import type { ClientMark, Marking } from '../../src/core/marks.ts';
import type { Exec, ExecResult } from '../../src/ports.ts';

export const usual: Marking = {
  groups: [
    {
      interface: 'eth0',
      vips: ['10.10.3.30', '2001:db8::30'],
      tcp: [
        { first: 8080, last: 8080 },
        { first: 1935, last: 1935 },
      ],
      udp: [{ first: 6950, last: 7150 }],
      byClient: true,
      mark: 1,
    },
  ],
  clients: [client('10.0.0.7', 2), client('10.0.0.0/24', 3), client('2001:db8:1::/48', 4)],
  paths: [
    {
      server: 'edge1',
      address: '10.10.3.20',
      vip: '10.10.3.30',
      port: 1935,
      sourcePort: 40_001,
      mark: 0x7f00_0001,
      forward: 'dr',
    },
  ],
};

/** What the listings in `recorded/` were made of. */
export const recordedMarking: Marking = {
  ...usual,
  clients: [...usual.clients, client('10.0.0.9', 5), client('10.0.0.11', 6), client('2001:db8:2::7', 7)],
};

export function client(text: string, mark: number): ClientMark {
  const family = text.includes(':') ? 6 : 4;
  const prefix = Number(text.split('/')[1] ?? (family === 4 ? 32 : 128));
  return { network: { family, bytes: [], prefix, text }, mark };
}

/** Answers by the program's name and arguments; what has no answer is not there. */
export function answering(answers: Readonly<Record<string, Partial<ExecResult>>>): Exec & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    async run(file, args) {
      const call = [file, ...args].join(' ');
      calls.push(call);
      const answer = answers[call] ?? answers[file];
      if (answer === undefined) throw new Error(`cannot start ${file}: spawn ${file} ENOENT`);
      return { exitCode: 0, stdout: '', stderr: '', ...answer };
    },
    open: () => ({ write() {}, close() {} }),
  };
}
