namespace Snapback.Journeys.Fleet;

/// <summary>A Redis that others use too: it speaks TLS only, and the fleet's user may do what docs/fleet.md grants and nothing else.</summary>
public sealed class RedisBehindTlsForOneUser : FleetJourney
{
    [Fact]
    public async Task The_user_of_the_fleets_page_is_enough_and_a_replica_that_does_not_trust_the_certificate_hears_nobody()
    {
        var certificate = SelfMadeCertificate.In(Folder);
        var redis = Own(await RedisServer.StartTlsAsync(certificate));
        Assert.Equal("OK", await redis.AskAsync(["ACL", "SETUSER", "edge", "on", ">secret", .. FleetsPage.Granted()]));
        var connection = $"{redis.Connection},user=edge,password=secret,ssl=true";
        Replicas.Add(Launch("r1", connection, trusting: certificate.File));
        Replicas.Add(Launch("r2", connection, trusting: certificate.File));
        var stranger = Launch("r3", connection, trusting: null);
        await Task.WhenAll(Replicas.Select(replica => replica.ReadyAsync()));

        await Eventually.SeeAsync("two replicas", StatusesAsync, all => all.All(status => status.Fleet is { Heard: true, Replicas: 2 }));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        await RoundRobinAsync(40, _ => false);
        CanaryArm.Behaviour = Behaviour.Error;
        await RoundRobinAsync(100, seen => seen.Failures > 5);
        await AllSeeAsync("rolled back, and how long it took", status => status is { IsRolledBack: true, Rollback.SpreadMs: not null });
        Assert.Equal("rolled-back", (await Replicas[1].HistoryAsync())[0].GetProperty("kind").GetString());

        await stranger.ReadyAsync();
        Assert.True((await stranger.StatusAsync()).Fleet is { Heard: false, Withheld: true });
        await Eventually.SeeAsync(
            "it says so",
            () => Task.FromResult(stranger.Process.Output),
            output => output.Contains("Redis does not answer", StringComparison.Ordinal));

        // What the client asks for to learn about the server is refused, and nothing of anybody else's was touched.
        var refused = (await redis.AskAsync("--json", "ACL", "LOG", "128"))!;
        Assert.DoesNotContain("\"key\"", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("\"channel\"", refused, StringComparison.Ordinal);
        string[][] others =
        [
            ["FLUSHALL"], ["KEYS", "*"], ["CONFIG", "SET", "maxmemory", "1"], ["SET", "others", "1"], ["PUBLISH", "others", "1"],
        ];
        foreach (var command in others)
        {
            Assert.Contains("NOPERM", await redis.AskAsync(["--user", "edge", "--pass", "secret", "--no-auth-warning", .. command]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_password_that_was_changed_is_said_to_be_refused_and_heeded_when_it_is_back()
    {
        var redis = await RedisAsync();
        string[] asOperator = ["--pass", "operator", "--no-auth-warning"];
        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "default", "resetpass", ">operator"));
        Assert.Equal("OK", await redis.AskAsync([.. asOperator, "ACL", "SETUSER", "edge", "on", ">secret", .. FleetsPage.Granted()]));
        await FleetAsync($"{redis.Connection},user=edge,password=secret", Plans.StandingAt("50%"), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);

        await redis.AskAsync([.. asOperator, "ACL", "SETUSER", "edge", "resetpass", ">another"]);
        await Replicas[0].WeightAsync(55);
        await redis.AskAsync([.. asOperator, "CLIENT", "KILL", "USER", "edge"]);
        const string why = "it refuses the user or the password";
        await Eventually.SeeAsync(
            "they say why", () => Replicas.TrueForAll(replica => replica.Process.Output.Contains(why, StringComparison.Ordinal)));

        await redis.AskAsync([.. asOperator, "ACL", "SETUSER", "edge", ">secret"]);
        await AllSeeAsync("they hear each other", status => status is { Weight: 55, Fleet: { Heard: true, Replicas: 2 } });
    }

    [Fact]
    public async Task A_user_who_may_not_listen_is_told_the_rules_and_does_not_look_as_if_it_heard_the_fleet()
    {
        var redis = await RedisAsync();
        Assert.Equal("OK", await redis.AskAsync(["ACL", "SETUSER", "edge", "on", ">secret", .. FleetsPage.Granted(), "-subscribe"]));
        var deaf = Launch("r1", $"{redis.Connection},user=edge,password=secret", trusting: null);
        Replicas.Add(deaf);
        await deaf.ReadyAsync();
        await Eventually.SeeAsync(
            "it says why",
            () => Task.FromResult(deaf.Process.Output),
            output => output.Contains("'subscribe' command; docs/fleet.md has the rules that its user needs", StringComparison.Ordinal));
        Assert.True((await deaf.StatusAsync()).Fleet is { Heard: false, Withheld: true });

        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "edge", "+subscribe"));
        await AllSeeAsync("it hears", status => status.Fleet is { Heard: true });

        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "edge", "-subscribe"));
        await redis.AskAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await AllSeeAsync("it says so again", status => status.Store?.Contains("'subscribe' command", StringComparison.Ordinal) == true);
        await Task.Delay(TimeSpan.FromSeconds(6), Ended);
        Assert.Contains("'subscribe' command", (await deaf.StatusAsync()).Store, StringComparison.Ordinal);

        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "edge", "+subscribe"));
        await AllSeeAsync("all is well", status => status is { Store: null, Fleet.Heard: true });
    }

    [Theory]
    [InlineData("-time", "+time")]
    [InlineData("-@write", "+@write")]
    [InlineData("resetchannels", "&snapback:*")]
    public async Task A_user_who_lacks_what_a_script_needs_is_told_the_rules(string taken, string given)
    {
        var redis = await RedisAsync();
        Assert.Equal("OK", await redis.AskAsync(["ACL", "SETUSER", "edge", "on", ">secret", .. FleetsPage.Granted()]));
        Replicas.Add(Launch("r1", $"{redis.Connection},user=edge,password=secret", trusting: null));
        await Replicas[0].ReadyAsync();
        await AllSeeAsync("it hears", status => status is { Store: null, Fleet.Heard: true });
        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "edge", taken));
        await AllSeeAsync("it is told", status => status.Store?.Contains("docs/fleet.md has the rules that its user needs", StringComparison.Ordinal) == true);
        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "edge", given));
        await AllSeeAsync("all is well", status => status is { Store: null, Fleet.Heard: true });
    }

    [Fact]
    public async Task A_replica_that_starts_without_the_password_says_so_in_no_words_of_its_client()
    {
        var redis = await RedisAsync();
        Assert.Equal("OK", await redis.AskAsync("ACL", "SETUSER", "default", "resetpass", ">operator"));
        var stranger = Launch("r1", redis.Connection, trusting: null);
        await stranger.ReadyAsync();
        await stranger.SeeAsync("it says why", status =>
        {
            Assert.DoesNotContain("SimpleError", status.Store, StringComparison.Ordinal);
            Assert.DoesNotContain("Attempted command", status.Store, StringComparison.Ordinal);
            return status.Store?.Contains("it refuses the user or the password", StringComparison.Ordinal) == true;
        });
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_not_taken_for_a_password_when_Redis_comes_back_with_it()
    {
        var redis = Own(await RedisServer.StartTlsAsync(SelfMadeCertificate.In(Folder)));
        await redis.KillAsync();
        var stranger = Launch("r1", $"{redis.Connection},ssl=true", trusting: null);
        await stranger.ReadyAsync();
        await redis.StartAgainAsync();
        await stranger.SeeAsync("the certificate is named", NamesCertificate);
        for (var i = 0; i < 20; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), Ended);
            Assert.True(NamesCertificate(await stranger.StatusAsync()));
        }

        Assert.DoesNotContain("password", stranger.Process.Output, StringComparison.Ordinal);

        static bool NamesCertificate(Status status) => status.Store?.Contains("certificate is invalid", StringComparison.Ordinal) == true;
    }

    private SnapbackProcess Launch(string name, string connection, string? trusting) => Own(SnapbackProcess.Start(
        Folder,
        [
            "--stable", StableArm.Uri.ToString(), "--canary", CanaryArm.Uri.ToString(), "--plan", Folder.Write($"plan-{name}.yaml", Plans.StandingAt("50%")),
            "--replica", name, "--data", Folder.At(name),
        ],
        environment: new Dictionary<string, string>
        {
            ["Snapback__Sharing__Redis"] = connection,
            ["SSL_CERT_FILE"] = trusting ?? "",
        }));
}
