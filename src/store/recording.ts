/** What a batch puts on disk, and what a restart reads back of it. */
import type { Incident } from '../core/incident.ts';
import type { Hold, Pin, StatusChange } from '../core/model.ts';
import type { Db } from './database.ts';
import type { Batch, ClientOrder, OutboxRow, PacketFilterKind, Remark, Store, TableAction } from './store.ts';

type Recording = Pick<
  Store,
  'record' | 'openIncidents' | 'untoldRecoveries' | 'holds' | 'pins' | 'clientMarks' | 'packetFilters' | 'actionsOf'
>;

export function createRecording(db: Db, insertNotice: (row: OutboxRow) => void): Recording {
  const insertChange = db.prepare<[StatusChange]>(`
    INSERT INTO changes (at_ms, check_id, server, monitor, from_status, to_status, first_seen_ms, summary, detail)
    VALUES (@atMs, @check, @server, @monitor, @from, @to, @firstSeenMs, @summary, @detail)`);
  const putIncident = db.prepare<[string, string, number, number | null, string]>(
    'REPLACE INTO incidents (id, server, opened_ms, closed_ms, body) VALUES (?, ?, ?, ?, ?)',
  );
  const insertAction = db.prepare<[TableAction]>(`
    INSERT INTO actions (at_ms, service, command, cause, incident_id, server, result, took_ms, error)
    VALUES (@atMs, @service, @command, @cause, @incidentId,
      (SELECT server FROM incidents WHERE id = @incidentId), @result, @tookMs, @error)`);
  const insertRemark = db.prepare<[Remark]>(
    'INSERT INTO remarks (at_ms, kind, server, text) VALUES (@atMs, @kind, @server, @text)',
  );
  const putHold = db.prepare<[string, string]>('REPLACE INTO holds (server, body) VALUES (?, ?)');
  const liftHold = db.prepare<[string]>('DELETE FROM holds WHERE server = ?');
  const putPin = db.prepare<[string, string, string]>('REPLACE INTO pins (server, service, body) VALUES (?, ?, ?)');
  const liftPin = db.prepare<[string, string]>('DELETE FROM pins WHERE server = ? AND service = ?');
  const pinBodies = db.prepare<[], string>('SELECT body FROM pins ORDER BY server, service').pluck();
  const putClient = db.prepare<[ClientOrder]>(
    'REPLACE INTO client_marks (network, mark, at_ms, set_by, why) VALUES (@network, @mark, @atMs, @by, @why)',
  );
  const dropClient = db.prepare<[string]>('DELETE FROM client_marks WHERE network = ?');
  const clients = db.prepare<[], ClientOrder>(
    'SELECT network, mark, at_ms AS atMs, set_by AS "by", why FROM client_marks ORDER BY at_ms, network',
  );
  const putFilter = db.prepare<[string]>('REPLACE INTO packet_filters (kind) VALUES (?)');
  const dropFilter = db.prepare<[string]>('DELETE FROM packet_filters WHERE kind = ?');
  const filters = db.prepare<[], PacketFilterKind>('SELECT kind FROM packet_filters ORDER BY kind').pluck();
  const openBodies = db
    .prepare<[], string>('SELECT body FROM incidents WHERE closed_ms IS NULL ORDER BY opened_ms, id')
    .pluck();
  const untoldBodies = db
    .prepare<[number], string>(
      `SELECT body FROM incidents WHERE closed_ms >= ? AND EXISTS (
         SELECT 1 FROM notices told WHERE told.incident_id = incidents.id AND told.kind <> 'recovered' AND NOT EXISTS (
           SELECT 1 FROM notices later WHERE later.incident_id = incidents.id AND later.alert = told.alert
             AND later.kind = 'recovered' AND later.seq > told.seq))
       ORDER BY opened_ms, id`,
    )
    .pluck();
  const holdBodies = db.prepare<[], string>('SELECT body FROM holds ORDER BY server').pluck();
  const ofIncident = db.prepare<[string], TableAction>(`
    SELECT at_ms AS atMs, service, command, cause, incident_id AS incidentId, result, took_ms AS tookMs, error
    FROM actions WHERE incident_id = ? ORDER BY seq`);

  const record = db.transaction((batch: Batch) => {
    for (const change of batch.changes ?? []) insertChange.run(change);
    // Before the actions, which take their server from here.
    for (const incident of batch.incidents ?? []) {
      putIncident.run(incident.id, incident.server, incident.openedMs, incident.closedMs, JSON.stringify(incident));
    }
    for (const action of batch.actions ?? []) insertAction.run(action);
    for (const notice of batch.notices ?? []) insertNotice(notice);
    for (const { server, hold } of batch.holds ?? []) {
      if (hold === null) liftHold.run(server);
      else putHold.run(server, JSON.stringify(hold));
    }
    for (const { server, service, pin } of batch.pins ?? []) {
      if (pin === null) liftPin.run(server, service);
      else putPin.run(server, service, JSON.stringify(pin));
    }
    for (const { network, order } of batch.clientMarks ?? []) {
      if (order === null) dropClient.run(network);
      else putClient.run(order);
    }
    for (const { kind, marks } of batch.packetFilters ?? []) (marks ? putFilter : dropFilter).run(kind);
    for (const remark of batch.remarks ?? []) insertRemark.run(remark);
  });

  return {
    record: (batch) => record.immediate(batch),
    openIncidents: () => openBodies.all().map((body): Incident => JSON.parse(body)),
    untoldRecoveries: (sinceMs) => untoldBodies.all(sinceMs).map((body): Incident => JSON.parse(body)),
    holds: () => holdBodies.all().map((body): Hold => JSON.parse(body)),
    pins: () => pinBodies.all().map((body): Pin => JSON.parse(body)),
    clientMarks: () => clients.all(),
    packetFilters: () => filters.all(),
    actionsOf: (incidentId) => ofIncident.all(incidentId),
  };
}
