namespace Snapback.Journeys;

/// <summary>The first promise, where a client can check it: whoever has read the deciding answer is never sent to the canary.</summary>
public sealed class TheVeryNextRequestGoesToStable : Journey
{
    /// <summary>Of each kind; SNAPBACK_TRIALS asks for more.</summary>
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("SNAPBACK_TRIALS"), out var trials) ? trials : 250;

    /// <summary>Without TLS nothing negotiates: the listener has one protocol.</summary>
    private const string Http2Only = """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" } } }""";

    /// <summary>However the deciding answer failed, and over either protocol: whoever has seen it asks again on another connection.</summary>
    [Theory]
    [InlineData("Error", false)]
    [InlineData("Truncate", false)]
    [InlineData("Reset", false)]
    [InlineData("Error", true)]
    [InlineData("Truncate", true)]
    public async Task Asking_again_on_another_connection_at_once_never_reaches_the_canary(string failure, bool http2)
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        canary.Behaviour = Enum.Parse<Behaviour>(failure);
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.AllAtOnce, http2 ? ["--config", Folder.Write("h2.json", Http2Only)] : []);
        using var one = new Asker(proxy.Traffic, http2);
        using var other = new Asker(proxy.Traffic, http2);
        Assert.Equal("stable", await one.AskAsync());
        Assert.Equal("stable", await other.AskAsync());

        var violations = new List<string>();
        for (var round = 1; round <= Rounds; round++)
        {
            await (round == 1 ? proxy.PostAsync("start", new { version = "2" }) : proxy.PostAsync("retry", new { reason = $"round {round}" }));
            var first = await one.AskAsync();

            // The second failure of a dead canary decides; its reader asks on the other connection before anything else happens.
            var deciding = await one.AskAsync();
            var before = canary.Requests;
            var next = await other.AskAsync();
            var reached = canary.Requests - before;
            Assert.True(first != "stable" && deciding != "stable", $"Round {round} is no trial: its failures were '{first}' and '{deciding}'.");
            if (next != "stable" || reached != 0)
            {
                violations.Add($"In round {round} the request after '{deciding}' was answered '{next}', and {reached} reached the canary.");
            }
        }

        Assert.True(violations.Count == 0, $"{violations.Count} of {Rounds}: {string.Join(" ", violations.Take(10))}");

        var status = await proxy.StatusAsync();
        Assert.Equal(Rounds, status.Generation);
        Assert.Equal((2, 0), (status.Rollback.SequenceAtDecision, status.Rollback.CanaryAfterDecision));
    }

    [Fact]
    public async Task The_head_of_the_deciding_answer_is_enough_while_its_body_is_still_on_its_way()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        // Longer than a busy machine takes for all of the below; nobody waits for its end.
        canary.Delay = TimeSpan.FromSeconds(30);
        canary.Behaviour = Behaviour.ErrorInParts;
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.AllAtOnce);
        await proxy.PostAsync("start", new { version = "2" });
        using var one = await RawConnection.OpenAsync(proxy.Traffic);
        using var two = await RawConnection.OpenAsync(proxy.Traffic);
        using var next = await RawConnection.OpenAsync(proxy.Traffic);

        await one.SendAsync(RawConnection.Get("/"));
        await two.SendAsync(RawConnection.Get("/"));
        Assert.Equal(500, (await one.ReadHeadAsync()).Status);
        Assert.Equal(500, (await two.ReadHeadAsync()).Status);
        Assert.Equal("stable", (await next.ExchangeAsync(RawConnection.Get("/"))).Body);

        // Otherwise the answers had ended, and this was the journey above once more.
        Assert.Equal(2, (await proxy.StatusAsync()).Rollback.InFlightAtDecision);
        Assert.Equal(2, (await proxy.StatusAsync()).Canary.InFlight);
    }

    /// <summary>A client with a connection of its own, and another one after its connection broke.</summary>
    private sealed class Asker(Uri proxy, bool http2) : IDisposable
    {
        private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false })
        {
            DefaultRequestVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(20),
        };

        /// <summary>The body, or what it saw instead of a good one.</summary>
        public async Task<string> AskAsync()
        {
            try
            {
                using var answer = await _client.GetAsync(proxy, Ended);
                return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(Ended) : $"{(int)answer.StatusCode}";
            }
            catch (HttpRequestException e)
            {
                return e.Message;
            }
            catch (OperationCanceledException e) when (e.InnerException is TimeoutException)
            {
                throw new TimeoutException($"This client had no answer within {_client.Timeout.TotalSeconds} s. That is no violation, but no trial either.", e);
            }
        }

        public void Dispose() => _client.Dispose();
    }
}
