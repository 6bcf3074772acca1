using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snapback.Proxy.Commands;

/// <summary>The admin API as the verbs see it: an answer, a refusal, or nobody there.</summary>
internal sealed partial class AdminClient : IDisposable
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly HttpClient _http;
    private readonly TimeSpan _answerWithin;

    public AdminClient(Uri address, string? token, TimeSpan answerWithin)
    {
        _answerWithin = answerWithin;
        Address = address;
        // A proxy named by HTTP_PROXY cannot reach this machine's loopback; and a redirect would send a write somewhere else.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = !address.IsLoopback, AllowAutoRedirect = false })
        {
            BaseAddress = address,
            Timeout = answerWithin,
        };
        _http.DefaultRequestHeaders.Accept.ParseAdd("application/json, application/problem+json");
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Uri Address { get; }

    public bool HasToken => _http.DefaultRequestHeaders.Authorization is not null;

    public Task<AdminAnswer> ListAsync(CancellationToken stop) => SendAsync(HttpMethod.Get, "api/rollouts", null, stop);

    public Task<AdminAnswer> GetAsync(string name, CancellationToken stop) => SendAsync(HttpMethod.Get, Of(name), null, stop);

    public Task<AdminAnswer> HistoryAsync(string name, CancellationToken stop) =>
        SendAsync(HttpMethod.Get, Of(name) + "/history", null, stop);

    public Task<AdminAnswer> ShadowAsync(string name, CancellationToken stop) =>
        SendAsync(HttpMethod.Get, Of(name) + "/shadow", null, stop);

    public Task<AdminAnswer> WeightAsync(string name, CancellationToken stop) =>
        SendAsync(HttpMethod.Get, Of(name) + "/weight", null, stop);

    /// <param name="version">The canary's version, for a weight that opens a generation; else null.</param>
    public Task<AdminAnswer> SetWeightAsync(string name, decimal weight, string? version, CommandSource source, CancellationToken stop) =>
        SendAsync(HttpMethod.Put, Of(name) + "/weight", Body(new { weight, version, source.By, source.Reason }), stop);

    public Task<AdminAnswer> PostAsync(string name, string verb, CommandSource source, string? version, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, $"{Of(name)}/{verb}", Body(new { version, source.By, source.Reason }), stop);

    public Task<AdminAnswer> ApproveAsync(string name, CommandSource source, string? expires, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, $"{Of(name)}/approve", Body(new { expires, source.By, source.Reason }), stop);

    public Task<AdminAnswer> OverrideAsync(string name, string arm, string @for, CommandSource source, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, Of(name) + "/override", Body(new { arm, @for, source.By, source.Reason }), stop);

    public Task<AdminAnswer> DrillAsync(string name, string fault, CommandSource source, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, Of(name) + "/drill", Body(new { fault, source.By, source.Reason }), stop);

    /// <summary>The body is the plan exactly as the operator wrote it; who and why are in the query.</summary>
    public Task<AdminAnswer> ApplyAsync(string name, string plan, CommandSource source, CancellationToken stop)
    {
        var why = source.Reason is null ? "" : "&reason=" + Uri.EscapeDataString(source.Reason);
        return SendAsync(HttpMethod.Put, $"{Of(name)}?by={Uri.EscapeDataString(source.By)}{why}",
            new StringContent(plan, Encoding.UTF8, "text/yaml"), stop);
    }

    /// <summary>Copies the stream of outcomes line by line until it ends or is stopped.</summary>
    /// <param name="open">Where to: asked only once there is a stream, so that a refusal costs nobody an earlier recording.</param>
    /// <returns>How many lines.</returns>
    public Task<long> OutcomesAsync(string name, Func<TextWriter> open, CancellationToken stop) => ExplainedAsync(
        async () =>
        {
            var lines = 0L;
            try
            {
                using var response = await _http.GetAsync(Of(name) + "/outcomes", HttpCompletionOption.ResponseHeadersRead, stop);
                if (!response.IsSuccessStatusCode)
                {
                    throw Refusal.Of(response.StatusCode, await response.Content.ReadAsStringAsync(stop), Address);
                }

                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
                var to = open();
                while (await NextAsync(reader, stop) is { } line)
                {
                    await to.WriteLineAsync(line);
                    lines++;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Enough was recorded.
            }

            return lines;
        },
        stop);

    /// <summary>Apart from the writing, whose own errors say nothing of the admin side.</summary>
    private async Task<string?> NextAsync(StreamReader outcomes, CancellationToken stop)
    {
        try
        {
            return await outcomes.ReadLineAsync(stop);
        }
        catch (IOException)
        {
            throw new AdminUnreachableException($"The admin side at {Address} is gone: the stream of outcomes broke. What was recorded before is kept.");
        }
    }

    /// <summary>The one-page plan, as text.</summary>
    /// <param name="accept">The media type that is asked for.</param>
    public Task<string> PlanPageAsync(string name, string accept, CancellationToken stop) => ExplainedAsync(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Of(name) + "/plan");
            request.Headers.Accept.ParseAdd(accept);
            using var response = await _http.SendAsync(request, stop);
            var text = await response.Content.ReadAsStringAsync(stop);
            return response.IsSuccessStatusCode ? text : throw Refusal.Of(response.StatusCode, text, Address);
        },
        stop);

    public void Dispose() => _http.Dispose();

    /// <exception cref="UsageException">The name is empty, as of a variable that is not set, or a step in the path: it would ask for something
    /// else.</exception>
    private static string Of(string name) => string.IsNullOrWhiteSpace(name) || name is "." or ".."
        ? throw new UsageException($"'{name}' is no rollout's name. Give one that 'snapback list' shows.")
        : "api/rollouts/" + Uri.EscapeDataString(name);

    private static StringContent Body<T>(T value) =>
        new(JsonSerializer.Serialize(value, Json), Encoding.UTF8, "application/json");

    private Task<AdminAnswer> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken stop) => ExplainedAsync(
        async () =>
        {
            using var request = new HttpRequestMessage(method, path) { Content = body };
            using var response = await _http.SendAsync(request, stop);
            var text = await response.Content.ReadAsStringAsync(stop);
            return response.IsSuccessStatusCode
                ? AdminAnswer.Parse(text, Address) ?? throw Unreachable("what answers there is no Snapback admin side")
                : throw Refusal.Of(response.StatusCode, text, Address);
        },
        stop);

    /// <exception cref="AdminUnreachableException">There was no answer, and why.</exception>
    private async Task<T> ExplainedAsync<T>(Func<Task<T>> ask, CancellationToken stop)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(Cause(e));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Unreachable($"no answer within {_answerWithin.TotalSeconds:0.#} s");
        }
    }

    private AdminUnreachableException Unreachable(string why) => AdminUnreachableException.Of(Address, why);

    /// <summary>The innermost exception names the problem of the socket or certificate; the outer ones repeat the address.</summary>
    private static string Cause(HttpRequestException e) => e switch
    {
        { HttpRequestError: HttpRequestError.ResponseEnded } => "it hung up without an answer; one with a certificate is asked by https://",
        { HttpRequestError: HttpRequestError.SecureConnectionError } when e.GetBaseException().Message.Contains("frame", StringComparison.Ordinal) =>
            "what answers there speaks no TLS; one without a certificate is asked by http://",
        _ => e.GetBaseException().Message.TrimEnd('.'),
    };
}
