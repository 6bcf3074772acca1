using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>A node that dies says nothing, and its connections may lead nowhere long after another has its address: as Kubernetes' do.</summary>
public sealed class AMachineIsGone : Journey
{
    private CutCables _cables = null!;

    [Fact]
    public async Task After_twenty_seconds_its_connections_end_and_requests_go_to_whoever_has_its_address()
    {
        if (await NetworkNamespace.ProblemAsync() is { } problem)
        {
            Assert.Skip(problem);
        }

        _cables = Own(await CutCables.LayAsync(1));
        var one = Own(new Upstream("one", _cables.Us));
        var two = Own(await Nginx.StartAsync(new NginxAnswer(200, "two"), perConnection: 1_000_000, _cables.Us));
        var proxy = Own(SnapbackProcess.Start(
            Folder, ["--config", Configuration(one.Uri, two.Uri)], "a token, as nothing here is loopback", inside: (_cables.Replica(0), _cables.Of(0))));
        await proxy.ReadyAsync();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await AllAnswerAsync();
        await LoseConnectionsAsync(one.Uri.Port, 2);
        await LoseConnectionsAsync(two.Uri.Port, 1);

        // By the lean forwarder a GET is asked again; the other fails with its connection. That of the uploads rests.
        var began = Stopwatch.GetTimestamp();
        Assert.Equal([(200, "one"), (502, "")], await Task.WhenAll(AskAsync(HttpMethod.Get, "one"), AskAsync(HttpMethod.Get, "two")));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30));
        await AllAnswerAsync();

        async Task AllAnswerAsync()
        {
            var answers = await Task.WhenAll(AskAsync(HttpMethod.Get, "one"), AskAsync(HttpMethod.Post, "one"), AskAsync(HttpMethod.Get, "two"));
            Assert.Equal([(200, "one"), (200, "one"), (200, "two")], answers);
        }

        async Task<(int Status, string Body)> AskAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, new Uri(proxy.Traffic, path));
            request.Content = method == HttpMethod.Post ? new StringContent("pay") : null;
            using var response = await client.SendAsync(request, Ended);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Ended));
        }
    }

    /// <summary>Those that stand now; new ones are possible.</summary>
    private async Task LoseConnectionsAsync(int port, int count)
    {
        var lines = await _cables.Replica(0).RunAsync("ss", "-Htn", "state", "established", $"dport = :{port}");
        var lost = 0;
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var own = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2].Split(':')[^1];
            await _cables.Replica(0).RunAsync("iptables", "-A", "OUTPUT", "-p", "tcp", "--sport", own, "--dport", $"{port}", "-j", "DROP");
            await _cables.Replica(0).RunAsync("iptables", "-A", "INPUT", "-p", "tcp", "--sport", $"{port}", "--dport", own, "-j", "DROP");
            lost++;
        }

        Assert.Equal(count, lost);
    }

    private string Configuration(Uri one, Uri two) => Folder.Write("appsettings.json", $$"""
        {
          "Snapback": { "Forwarder": "lean" },
          "ReverseProxy": {
            "Routes": {
              "one": { "ClusterId": "one", "Match": { "Path": "/one" } },
              "two": { "ClusterId": "two", "Match": { "Path": "/two" } }
            },
            "Clusters": {
              "one": { "Destinations": { "a": { "Address": "{{one}}" } } },
              "two": {
                "HttpRequest": { "Version": "2", "VersionPolicy": "RequestVersionExact" },
                "Destinations": { "a": { "Address": "{{two}}" } }
              }
            }
          }
        }
        """);
}
