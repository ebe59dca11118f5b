// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own ${NAME}
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { printConfig } from '../../src/config/print.ts';
import { cluster, folder, problemsOf, smallest, useScratch, valid } from './scratch.ts';

useScratch();

describe('secrets', () => {
  const relay = (config: Config) => config.mail?.relays;

  test('come from the environment or from a file', () => {
    const mail = (line: string) => `${smallest}mail: { ${line}, from: understudy@example.org }\n`;
    expect(relay(valid(mail('smtp: "smtp://u:${PASS}@mx"'), { PASS: 'hunter2' }).config)).toEqual([
      'smtp://u:hunter2@mx',
    ]);
    expect(relay(valid(mail('smtp: ["smtp://$${x}@mx"]')).config)).toEqual(['smtp://${x}@mx']);
    writeFileSync(join(folder, 'relay'), 'smtp://u:hunter2@mx\n');
    expect(relay(valid(mail('smtp_file: relay')).config)).toEqual(['smtp://u:hunter2@mx']);
  });

  test('of a plugin may come from a file as well', () => {
    const alerts = 'alerts: { chat: { type: chat, room: ops, key_file: key } }\n';
    writeFileSync(join(folder, 'key'), 'open sesame\n');
    expect(valid(smallest + alerts).config.alerts.get('chat')?.options).toEqual({ room: 'ops', key: 'open sesame' });
    rmSync(join(folder, 'key'));
    expect(problemsOf(smallest + alerts)).toEqual(['5:52: the file of `key_file` cannot be read: no such file']);
    writeFileSync(join(folder, 'key'), '\n');
    expect(problemsOf(smallest + alerts)).toEqual(['5:52: the file of `key_file` is empty']);
  });

  test('are in no printed configuration', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://u:hunter2@mx1.example.org\nsmtp://mx2.example.org');
    const literal = cluster
      .replace('"${CHAT_KEY}"', 'open-sesame')
      .replace('cpu: {', 'http: { type: tcp, port: 80, expect: "${TOKEN}", token: abracadabra }\n  cpu: {')
      .replace('[rtsp, cpu]', '[rtsp, cpu, http]');
    for (const text of [literal, literal.replace('open-sesame', '"${CHAT_KEY}"')]) {
      const { config, secrets } = valid(text, { CHAT_KEY: 'open-sesame', TOKEN: 'simsalabim' });
      const printed = JSON.stringify(printConfig(config, secrets));
      expect(printed).not.toMatch(/hunter2|open-sesame|abracadabra|simsalabim/);
      expect(printed).toContain('smtp://u:[secret]@mx1.example.org');
      expect(printed).toContain('"address":"10.10.3.20"');
    }
  });

  test('are in no problem', () => {
    const env = { PASS: 'hunter2' };
    const texts = [
      `${smallest}mail: { smtp: "http://u:hunter2@mx", from: "\${PASS}", timeout: "\${PASS}" }`,
      `${smallest}mail: { smtp: { url: hunter2 }, from: "smtp://u:hunter2/@mx" }`,
      `${smallest}mail: { smtp: ["smtp://u:hunter2@mx", "u:hunter2"], from: a@b }`,
      `${smallest}alerts: { chat: { type: chat, room: [1], key: [hunter2] } }`,
      smallest.replace('type: rtsp', 'type: "${PASS}", path: "${PASS}", port: "${PASS}"'),
      smallest.replace('[edge1]', '["${PASS}"]'),
      `${smallest}mail: { smtp: "smtp://u:hunter2@mx" from: a@b }`,
      `${smallest}mail: { smtp: smtp://u:hunter2@mx\n from: a@b`,
    ];
    for (const text of texts) expect(problemsOf(text, env).join('\n')).not.toContain('hunter2');
  });
});
