using System.Net;

namespace Snapback.Proxy.Commands;

/// <summary>The admin side's event stream (server-sent events).</summary>
internal sealed partial class AdminClient
{
    /// <param name="after">The id of the last event that is known; null for none.</param>
    /// <param name="silence">A stream that is silent for so long, without a heartbeat either, counts as broken.</param>
    public Task<ServerEvents> EventsAsync(string? after, TimeSpan silence, CancellationToken stop) => ExplainedAsync(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/events");
            request.Headers.Accept.ParseAdd("text/event-stream");
            if (after is not null)
            {
                request.Headers.Add("Last-Event-ID", after);
            }

            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (response.IsSuccessStatusCode)
            {
                return new ServerEvents(
                    response,
                    new StreamReader(await response.Content.ReadAsStreamAsync(stop)),
                    silence,
                    why => new AdminUnreachableException($"The admin side at {Address} is gone: {why}."));
            }

            using (response)
            {
                var refusal = Refusal.Of(response.StatusCode, await response.Content.ReadAsStringAsync(stop), Address);
                // Who had a stream before tries again: the admin side is restarting.
                throw response.StatusCode == HttpStatusCode.ServiceUnavailable && after is not null
                    ? new AdminUnreachableException(refusal.Message)
                    : refusal;
            }
        },
        stop);
}
