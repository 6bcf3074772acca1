using System.Net.Http.Headers;

namespace Snapback.Journeys;

/// <summary>Servers end an HTTP/2 connection after so many requests, nginx after 1,000: that is in good order, and nobody's failure.</summary>
public sealed class AServerEndsItsConnections : Journey
{
    private const int Clients = 8;
    private const int Each = 400;

    [Fact]
    public async Task And_neither_a_read_nor_a_payment_is_lost_or_paid_twice()
    {
        var stable = await NginxAsync(new NginxAnswer(200, "good"), perConnection: 50);
        var canary = await NginxAsync(new NginxAnswer(200, "good"), perConnection: 50);
        var proxy = await BeforeAsync(stable, canary);

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var seen = new Counts();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => UseAsync()));

        Assert.Equal($"{Clients * Each} × 200 good", seen.ToString());
        var status = await proxy.StatusAsync("shop");
        Assert.Equal((0, 0), (status.Stable.Failures, status.Canary.Failures));
        Assert.InRange(status.Canary.Requests, Clients * Each / 4, Clients * Each);
        Assert.Equal(Clients * Each, stable.Requests() + canary.Requests());

        async Task UseAsync()
        {
            for (var i = 0; i < Each; i++)
            {
                using var request = new HttpRequestMessage(i % 2 == 0 ? HttpMethod.Get : HttpMethod.Post, proxy.Traffic);
                if (request.Method == HttpMethod.Post)
                {
                    request.Content = new StringContent("""{"pay":1}""", MediaTypeHeaderValue.Parse("application/json"));
                }

                using var response = await client.SendAsync(request);
                seen.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            }
        }
    }

    /// <summary>A DELETE may have been done, so it is not sent again; but those that still waited for their turn were never sent at all.</summary>
    [Fact]
    public async Task And_what_must_not_be_sent_twice_fails_only_if_it_was_sent()
    {
        var stable = await NginxAsync(new NginxAnswer(200, "good"), perConnection: 50);
        var proxy = await BeforeAsync(stable, stable);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var seen = new Counts();
        await Task.WhenAll(Enumerable.Range(0, 2 * Clients).Select(async _ =>
        {
            for (var i = 0; i < Each; i++)
            {
                using var response = await client.DeleteAsync(proxy.Traffic, Ended);
                seen.Add(response.IsSuccessStatusCode ? "good" : ((int)response.StatusCode).ToString());
            }
        }));

        // Of 6,400 there were 60 and more.
        TestContext.Current.TestOutputHelper?.WriteLine(seen.ToString());
        Assert.InRange(seen.Failures, 0, 20);
    }

    private async Task<SnapbackProcess> BeforeAsync(Nginx stable, Nginx canary)
    {
        const string Http2 = """ "HttpRequest": { "Version": "2", "VersionPolicy": "RequestVersionExact" } """;
        var proxy = await SnapbackAsync("--config", Folder.Write("appsettings.json", $$"""
            {
              "ReverseProxy": {
                "Routes": { "all": { "ClusterId": "shop", "Match": { "Path": "/{**any}" } } },
                "Clusters": {
                  "shop": { {{Http2}}, "Destinations": { "a": { "Address": "{{stable.Uri}}" } } },
                  "shop-next": { {{Http2}}, "Destinations": { "a": { "Address": "{{canary.Uri}}" } } }
                }
              },
              "Snapback": {
                "Rollouts": {
                  "shop": {
                    "Stable": "shop",
                    "Canary": "shop-next",
                    "Steps": [ { "Weight": "50%", "Hold": "1h" } ],
                    "Objectives": [ { "Metric": "success-rate", "Min": "99.5%" } ],
                    "Rollback": { "Authority": [ "shop-team" ], "Deadline": "5m" },
                    "Shield": "off"
                  }
                }
              }
            }
            """));
        await proxy.PostAsync("start", new { version = "2" }, "shop");
        return proxy;
    }
}
