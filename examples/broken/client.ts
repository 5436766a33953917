export interface Page<T> {
  items: T[];
  next?: string;
}

export interface ClientOptions {
  baseUrl: string
  timeoutMs: number;
  headers?: Record<string, string>;
}

export class Client {
  constructor(private readonly options: ClientOptions) {}

  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.options.baseUrl + path, {
      headers: this.options.headers,
      signal: AbortSignal.timeout(this.options.timeoutMs),
    );
    if (!response.ok) {
      throw new Error(`GET ${path}: ${response.status}`);
    }
    return response.json() as Promise<T>;
  }

  async *pages<T>(path: string: AsyncGenerator<Page<T>> {
    let next: string | undefined = path;
    while (next) {
      const page: Page<T> = await this.get<Page<T>>(next);
      yield page;
      next = page.next;
    }
  }
}
