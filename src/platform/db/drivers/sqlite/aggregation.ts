import { Aggregator } from 'mingo';

import { type Doc, isPlainObject } from './bson.ts';
import type { Access } from './access.ts';
import { engineError } from './errors.ts';
import { EVALUATOR_OPTIONS, evaluating, type Sort } from './evaluator.ts';
import { explainSelection, selectRows, type Selection } from './select.ts';
import { canonical } from './value-codec.ts';

const REFUSED = new Set([
  '$out',
  '$merge',
  '$geoNear',
  '$search',
  '$searchMeta',
  '$vectorSearch',
  '$changeStream',
  '$collStats',
]);

interface MutableSelection {
  filter: Doc;
  sort?: Sort;
  skip?: number;
  limit?: number;
}

function absorbMatch(selection: MutableSelection, match: unknown): boolean {
  if (selection.sort !== undefined || !isPlainObject(match)) return false;
  const before = selection.filter;
  selection.filter = Object.keys(before).length === 0 ? match : { $and: [before, match] };
  return true;
}

function absorbSort(selection: MutableSelection, sort: unknown): boolean {
  const entries = isPlainObject(sort) ? Object.entries(sort) : [];
  const plain = entries.length > 0 && entries.every(([, direction]) => direction === 1 || direction === -1);
  if (selection.sort !== undefined || !plain) return false;
  selection.sort = entries as unknown as Sort;
  return true;
}

/** Takes a stage into the selection. @returns false when it must stay with the evaluator */
function absorb(selection: MutableSelection, stage: Doc): boolean {
  if ('$limit' in stage) {
    if (selection.limit !== undefined || Number(stage['$limit']) < 1) return false;
    selection.limit = Number(stage['$limit']);
    return true;
  }
  if (selection.skip !== undefined || selection.limit !== undefined) return false;
  if ('$match' in stage) return absorbMatch(selection, stage['$match']);
  if ('$sort' in stage) return absorbSort(selection, stage['$sort']);
  if (!('$skip' in stage)) return false;
  selection.skip = Number(stage['$skip']);
  return true;
}

/** Splits a pipeline into what SQL selects, sorts and limits, and the stages after that. */
export function splitPipeline(pipeline: readonly Doc[]): { selection: Selection; stages: Doc[] } {
  const stages = canonical([...pipeline], true);
  for (const stage of stages) {
    const [name = ''] = Object.keys(stage);
    if (REFUSED.has(name)) {
      throw engineError(`aggregation stage ${name} is not supported by the embedded engine`, { code: 40324 });
    }
  }
  const selection: MutableSelection = { filter: {} };
  let taken = 0;
  while (taken < stages.length && absorb(selection, stages[taken] ?? {})) taken++;
  return { selection, stages: stages.slice(taken) };
}

/** Runs a pipeline over committed data, or a transaction's. */
export function runAggregation(access: Access, collection: string, pipeline: readonly Doc[]): Doc[] {
  const { selection, stages } = splitPipeline(pipeline);
  const docs = selectRows(access, collection, selection).map((row) => row.doc);
  if (stages.length === 0) return docs;
  return evaluating(
    () =>
      new Aggregator(stages, {
        ...EVALUATOR_OPTIONS,
        collectionResolver: (name: string) => selectRows(access, name, { filter: {} }).map((row) => row.doc),
      }).run(docs),
    40324,
  );
}

/** The SQL plan of a pipeline's first part, and the names of the stages after it. */
export function explainAggregation(access: Access, collection: string, pipeline: readonly Doc[]): Doc {
  const { selection, stages } = splitPipeline(pipeline);
  return {
    ...explainSelection(access, collection, selection),
    evaluatedStages: stages.map((stage) => Object.keys(stage)[0]),
  };
}
