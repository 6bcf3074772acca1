using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Snapback.Journeys.Harness;

/// <summary>A running <c>snapback serve</c>, as an operator has it: a process, two addresses and a data directory.</summary>
internal sealed class SnapbackProcess : IAsyncDisposable
{
    private SnapbackProcess(Child process, Uri traffic, Uri admin, string? token)
    {
        Process = process;
        Traffic = traffic;
        AdminUri = admin;
        Admin = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = admin, Timeout = TimeSpan.FromSeconds(20) };
        if (token is not null)
        {
            Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Child Process { get; }
    public Uri Traffic { get; }
    public Uri AdminUri { get; }
    public HttpClient Admin { get; }

    /// <param name="args">
    /// May begin with --urls, for a proxy that others must know before it is there. May name --data; else it is "data" in the
    /// folder, so that a second start finds the first one's.
    /// </param>
    /// <param name="inside">Its network, and the address it has there; null for this machine's loopback.</param>
    /// <param name="files">How many files it may have open; null for what these tests may.</param>
    /// <param name="names">Who tells it where names lead; null for whom this machine asks.</param>
    /// <param name="passed">A listening socket that it gets from whoever starts it; null for an address.</param>
    /// <param name="adminAt">Where its admin side was before a restart; null for a free port.</param>
    public static SnapbackProcess Start(
        Folder folder, string[] args, string? token = null, IReadOnlyDictionary<string, string>? environment = null,
        (NetworkNamespace Network, IPAddress Address)? inside = null, Uri? adminAt = null, int? files = null,
        NameServer? names = null, PassedSocket? passed = null)
    {
        var traffic = passed?.Uri ?? (args is ["--urls", var known, ..] ? new Uri(known) : FreePort.TakeUri(inside?.Address));
        var admin = adminAt ?? FreePort.TakeUri(inside?.Address);
        var all = new List<string> { "serve", "--urls", passed?.Url ?? Address(traffic), "--admin-urls", Address(admin) };
        all.AddRange(args is ["--urls", _, .. var rest] ? rest : args);
        if (!all.Contains("--data"))
        {
            all.AddRange(["--data", folder.At("data")]);
        }

        var info = Cli.Command(all, token);
        info.WorkingDirectory = folder.Path;
        // As under a supervisor, also where the tests run in a terminal.
        info.RedirectStandardInput = true;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        if (files is not null)
        {
            info.ArgumentList.Insert(0, $"--nofile={files}:{files}");
            info.ArgumentList.Insert(1, info.FileName);
            info.FileName = "prlimit";
        }

        names?.Serve(info, folder);
        return new SnapbackProcess(Child.Start(inside?.Network.Enter(info) ?? info), traffic, admin, token);
    }

    public Task ReadyAsync() => Eventually.SeeAsync("the proxy is ready", async () =>
    {
        if (Process.HasExited)
        {
            await Process.ExitAsync();
            throw new InvalidOperationException($"snapback ended with {Process.ExitCode} before it was ready:\n{Process.Tail()}");
        }

        return await IsReadyAsync();
    }, ready => ready, TimeSpan.FromSeconds(60));

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await Admin.GetAsync("healthz/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public async Task KillAsync()
    {
        Process.KillTree();
        await Process.ExitAsync();
    }

    public async Task<int> TerminateAsync()
    {
        Process.Terminate();
        return await Process.ExitAsync(TimeSpan.FromSeconds(40));
    }

    public async Task<Status> StatusAsync(string rollout = "default") => new(await GetAsync($"api/rollouts/{rollout}"));

    public Task<Status> SeeAsync(string what, Func<Status, bool> isThere, string rollout = "default", TimeSpan? within = null) =>
        Eventually.SeeAsync(what, () => StatusAsync(rollout), isThere, within);

    /// <summary>A command that must be taken.</summary>
    public async Task<Status> PostAsync(string verb, object? body = null, string rollout = "default")
    {
        using var response = await SendAsync(HttpMethod.Post, $"api/rollouts/{rollout}/{verb}", body);
        return new Status(await TakenAsync(response));
    }

    public async Task<Status> WeightAsync(decimal weight, string? version = null, string rollout = "default")
    {
        using var response = await SendAsync(HttpMethod.Put, $"api/rollouts/{rollout}/weight", version is null ? new { weight } : new { weight, version });
        return new Status(await TakenAsync(response));
    }

    public async Task<IReadOnlyList<JsonElement>> HistoryAsync(string rollout = "default") =>
        [.. (await GetAsync($"api/rollouts/{rollout}/history")).EnumerateArray()];

    /// <summary>The newest line of this kind, once it stands there.</summary>
    public async Task<JsonElement> SeeHistoryAsync(string kind, string rollout = "default")
    {
        bool IsOfTheKind(JsonElement line) => line.GetProperty("kind").GetString() == kind;
        var lines = await Eventually.SeeAsync($"'{kind}' in the history", () => HistoryAsync(rollout), lines => lines.Any(IsOfTheKind));
        return lines.First(IsOfTheKind);
    }

    public Task<string> MetricsAsync() => Admin.GetStringAsync("metrics");

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null) =>
        Admin.SendAsync(new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        });

    public Task<Cli> CliAsync(params string[] args) => Cli.RunAsync([.. args, "--admin", AdminUri.ToString()]);

    public ValueTask DisposeAsync()
    {
        Admin.Dispose();
        return Process.DisposeAsync();
    }

    private static string Address(Uri uri) => uri.ToString().TrimEnd('/');

    private static async Task<JsonElement> TakenAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        var asked = response.RequestMessage!;
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"{asked.Method} {asked.RequestUri!.PathAndQuery} was answered {(int)response.StatusCode}: {text}");
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Admin.GetAsync(path);
        return await TakenAsync(response);
    }
}
