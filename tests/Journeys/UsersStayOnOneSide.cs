using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys;

/// <summary>Sticky users, as they and their enemies see it: cookies that were changed put nobody anywhere.</summary>
public sealed class UsersStayOnOneSide : Journey
{
    private const string Name = "snapback-default";

    private static readonly int Mutated = IsLong ? 100_000 : 20_000;

    [Fact]
    public async Task Changed_cookies_put_nobody_on_the_canary_beyond_the_weight_and_a_rollback_frees_all()
    {
        const double weight = 0.05;
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var plan = Plans.StandingAt("5%") + "\nsticky: { by: signedCookie }\nadmission: off\n";
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, plan);
        await proxy.PostAsync("start", new { version = "2" });
        var onCanary = await CookieOfTheCanaryAsync(proxy.Traffic);
        Assert.Equal("canary", await AskAsync(proxy.Traffic, onCanary));

        var random = new Random(20260418);
        var before = canary.Requests;
        var answers = await PipelineAsync(proxy.Traffic, Enumerable.Range(0, Mutated).Select(_ => Mutate(onCanary, random)));
        Assert.Equal(Mutated, answers);
        var share = (canary.Requests - before) / (double)Mutated;

        // Each is a new draw: within 3.89 standard deviations of the weight, 99.99 % of all runs.
        var deviation = 3.89 * Math.Sqrt(weight * (1 - weight) / Mutated);
        Assert.InRange(share, weight - deviation, weight + deviation);

        Assert.Equal("canary", await AskAsync(proxy.Traffic, onCanary));
        await proxy.PostAsync("rollback", new { reason = "the journey is over" });
        before = canary.Requests;
        await PipelineAsync(proxy.Traffic, Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? onCanary : Mutate(onCanary, random)));
        Assert.Equal(before, canary.Requests);

        // The next version draws anew: an old cookie that would be among the first is not.
        await proxy.WeightAsync(0.01m, "3");
        Assert.Equal("stable", await AskAsync(proxy.Traffic, onCanary));
    }

    [Fact]
    public async Task A_rotation_of_the_keys_throws_nobody_out()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.StandingAt("5%") + "\nsticky: { by: signedCookie }\nadmission: off\n");
        await proxy.PostAsync("start", new { version = "2" });
        var onCanary = await CookieOfTheCanaryAsync(proxy.Traffic);
        var rotated = await Cli.RunAsync("keys", "rotate", "--data", Folder.At("data"));
        Assert.Equal((0, ""), (rotated.ExitCode, rotated.Error));
        var newest = rotated.Output.Split(": ")[1].Split(' ')[0];
        await Eventually.SeeAsync(
            "the new key signs",
            async () => (await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/"))).Head,
            head => head.Contains($"{Name}={newest}.", StringComparison.Ordinal));
        Assert.Equal("canary", await AskAsync(proxy.Traffic, onCanary));
    }

    private static async Task<string> CookieOfTheCanaryAsync(Uri proxy)
    {
        while (true)
        {
            var answer = await RawConnection.AskAsync(proxy, RawConnection.Get("/"));
            if (answer.Body == "canary")
            {
                return answer.Head.Split($"{Name}=")[1].Split(';')[0];
            }
        }
    }

    private static async Task<string> AskAsync(Uri proxy, string cookie) => (await RawConnection.AskAsync(proxy, Request(cookie))).Body;

    private static string Request(string cookie) => $"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: {Name}={cookie}\r\n\r\n";

    /// <summary>A letter changed, a number lowered, a piece cut off or doubled; never the cookie itself.</summary>
    private static string Mutate(string cookie, Random random)
    {
        const string letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";
        var at = random.Next(cookie.Length);
        var mutated = random.Next(4) switch
        {
            0 => cookie[..at] + letters[random.Next(letters.Length)] + cookie[(at + 1)..],
            1 => cookie[..at] + cookie[(at + 1)..],
            2 => cookie.Insert(at, letters[random.Next(letters.Length)].ToString()),
            _ => string.Join('.', cookie.Split('.').Select((part, i) => i == 2 ? "0" : i == 3 ? "9999999999" : part)),
        };
        return mutated == cookie ? "0" : mutated;
    }

    /// <summary>Sends without waiting for each answer; how many answers were 200.</summary>
    private static async Task<int> PipelineAsync(Uri proxy, IEnumerable<string> cookies)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, proxy.Port, Ended);
        var good = 0;
        foreach (var batch in cookies.Chunk(50))
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(string.Concat(batch.Select(Request))), Ended);
            good += await CountAsync(socket, batch.Length);
        }

        return good;
    }

    private static async Task<int> CountAsync(Socket socket, int answers)
    {
        var buffer = new byte[64 * 1024];
        var text = new StringBuilder();
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, Ended);
            Assert.NotEqual(0, read);
            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var all = text.ToString();
            var isWhole = all.EndsWith("stable", StringComparison.Ordinal) || all.EndsWith("canary", StringComparison.Ordinal);
            if (isWhole && Occurrences(all, "HTTP/1.1 ") == answers)
            {
                return Occurrences(all, "HTTP/1.1 200 ");
            }
        }
    }

    private static int Occurrences(string text, string of) => text.AsSpan().Count(of);
}
