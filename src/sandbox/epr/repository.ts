// What @medplum/fhir-router's MemoryRepository lacks for an EPR worth testing against: input is validated, a failed
// transaction leaves nothing behind, a deleted resource is 410 and not 404, history stays as it was when it is read
// twice, and a search by identifier does not walk over everybody. Callers take turns (epr.ts): nothing here locks.
import { OperationOutcomeError, gone, matchesSearchRequest, multipleMatches, notFound, validateResource, allOk, created } from '@medplum/core'; // prettier-ignore
import type { SearchRequest, WithId } from '@medplum/core';
import { MemoryRepository } from '@medplum/fhir-router';
import type { CreateResourceOptions, DeleteResourceOptions } from '@medplum/fhir-router';
import type { Bundle, BundleEntry, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { isEprType } from './definitions.ts';

type Undo = () => Promise<void>;

export class EprRepository extends MemoryRepository {
  /** By `Type/id`, oldest first; `undefined` stands for a deletion. */
  readonly #versions = new Map<string, (Resource | undefined)[]>();
  /** By `Type|system|value`: ids that have, or once had, this identifier. */
  readonly #byIdentifier = new Map<string, Set<string>>();
  #undo: Undo[] | undefined;

  /** Number of versions of a resource, deletions included: 1 after a create. */
  versionCount(type: string, id: string): number {
    return this.#versions.get(`${type}/${id}`)?.length ?? 0;
  }

  override async createResource<T extends Resource>(
    resource: T,
    options?: CreateResourceOptions,
    update = false,
  ): Promise<WithId<T>> {
    if (!isEprType(resource.resourceType)) throw new OperationOutcomeError(notFound);
    const own = { ...resource };
    // FHIR R4 http.html#create: an id sent with a create is ignored; ids of transaction entries are our own.
    if (!update && options?.assignedId !== true) delete own.id;
    validateResource(own);
    const before = own.id === undefined ? undefined : this.#current(own.resourceType, own.id);
    const saved = await super.createResource(own, options, update);
    this.#remember(saved.resourceType, saved.id, saved, before);
    return saved;
  }

  override async conditionalCreate<T extends Resource>(
    resource: T,
    search: SearchRequest<T>,
    options?: CreateResourceOptions,
  ): Promise<{ resource: WithId<T>; outcome: OperationOutcome }> {
    const [match, another] = await this.searchResources({ ...search, count: 2 });
    if (another !== undefined) throw new OperationOutcomeError(multipleMatches);
    if (match !== undefined) return { resource: match, outcome: allOk };
    return { resource: await this.createResource(resource, options), outcome: created };
  }

  override async readResource<T extends Resource>(type: string, id: string): Promise<T> {
    const versions = this.#versions.get(`${type}/${id}`);
    if (versions !== undefined && versions.at(-1) === undefined) throw new OperationOutcomeError(gone);
    return super.readResource(type, id);
  }

  override async deleteResource(type: string, id: string, options?: DeleteResourceOptions): Promise<void> {
    const before = this.#current(type, id);
    await super.deleteResource(type, id, options);
    this.#remember(type, id, undefined, before);
  }

  override readHistory<T extends Resource>(type: string, id: string): Promise<Bundle<T>> {
    const versions = this.#versions.get(`${type}/${id}`);
    if (versions === undefined) return Promise.reject(new OperationOutcomeError(notFound));
    const entry = versions.toReversed().map((resource) => historyEntry(type, id, resource));
    return Promise.resolve({
      resourceType: 'Bundle',
      type: 'history',
      total: entry.length,
      entry,
    } as Bundle<T>);
  }

  override readVersion<T extends Resource>(type: string, id: string, versionId: string): Promise<T> {
    const found = this.#versions.get(`${type}/${id}`)?.find((each) => each?.meta?.versionId === versionId);
    if (found === undefined) return Promise.reject(new OperationOutcomeError(notFound));
    return Promise.resolve(structuredClone(found) as T);
  }

  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    const ids = this.#idsByIdentifier(request);
    if (ids === undefined) return super.search(request);
    const found = [...ids]
      .map((id) => this.#current(request.resourceType, id))
      .filter((resource) => resource !== undefined && matchesSearchRequest(resource, request));
    const from = request.offset ?? 0;
    const page = found.slice(from, request.count === undefined ? undefined : from + request.count);
    const entry = page.map((resource) => ({
      search: { mode: 'match' },
      resource: structuredClone(resource),
    }));
    return { resourceType: 'Bundle', type: 'searchset', total: found.length, entry } as Bundle<WithId<T>>;
  }

  /** All or nothing: what the callback did is undone, newest first, when it fails. */
  override async withTransaction<R>(callback: (repository: this) => Promise<R>): Promise<R> {
    if (this.#undo !== undefined) return callback(this);
    const undo: Undo[] = [];
    this.#undo = undo;
    try {
      return await callback(this);
    } catch (error) {
      for (const step of undo.toReversed()) await step();
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }

  #current(type: string, id: string): Resource | undefined {
    return this.#versions.get(`${type}/${id}`)?.at(-1);
  }

  #remember(type: string, id: string, now: Resource | undefined, before: Resource | undefined): void {
    const key = `${type}/${id}`;
    const versions = this.#versions.get(key) ?? [];
    versions.push(now);
    this.#versions.set(key, versions);
    for (const identifier of identifiersOf(now)) {
      const ids = this.#byIdentifier.get(`${type}|${identifier}`) ?? new Set<string>();
      this.#byIdentifier.set(`${type}|${identifier}`, ids.add(id));
    }
    this.#undo?.push(async () => {
      versions.pop();
      if (versions.length === 0) this.#versions.delete(key);
      await super.expungeResource(type, id);
      // Seeding keeps the version id and time of what is put back.
      if (before !== undefined) await this.withSeeding(() => super.createResource(before, undefined, true));
    });
  }

  /** For a search by `identifier=system|value` and nothing else; undefined for any other. */
  #idsByIdentifier(request: SearchRequest): ReadonlySet<string> | undefined {
    const [filter, ...more] = request.filters ?? [];
    if (filter?.code !== 'identifier' || filter.operator !== 'eq' || more.length > 0) return undefined;
    if (request.include !== undefined || request.revInclude !== undefined) return undefined;
    if (!/^[^|,]+\|[^|,]+$/.test(filter.value)) return undefined;
    return this.#byIdentifier.get(`${request.resourceType}|${filter.value}`) ?? new Set();
  }
}

function identifiersOf(resource: Resource | undefined): string[] {
  if (resource === undefined || !('identifier' in resource)) return [];
  const { identifier } = resource;
  const list = Array.isArray(identifier) ? identifier : [identifier];
  return list.map(({ system, value }) => `${system ?? ''}|${value ?? ''}`);
}

function historyEntry(type: string, id: string, resource: Resource | undefined): BundleEntry {
  if (resource === undefined) return { request: { method: 'DELETE', url: `${type}/${id}` } };
  return { resource: structuredClone(resource) };
}
