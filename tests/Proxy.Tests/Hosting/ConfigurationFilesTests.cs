using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed partial class ConfigurationFilesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Every_setting_that_the_documents_name_is_known()
    {
        var named = Directory.EnumerateFiles(Documents(), "*.md", SearchOption.AllDirectories)
            .SelectMany(file => Setting().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal))
            .ToHashSet();
        Assert.Contains("HistoryLines", named);
        Assert.Contains("Hooks:SecretFile", named);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            named.Select(key => KeyValuePair.Create($"Snapback:{key}", (string?)"x"))).Build();
        var problems = new List<string>();

        ConfigurationFiles.Merge(new Settings(), configuration, _ => false, problems);

        Assert.DoesNotContain(problems, problem => NotKnown().IsMatch(problem));
    }

    [Fact]
    public void A_file_that_is_no_JSON_is_named_with_the_line_as_editors_count_it()
    {
        File.WriteAllText(_file, "{\n  \"Snapback\": { \"Urls\" \"x\" }\n}");

        var problem = Assert.Single(Assert.Throws<ConfigurationProblems>(() => ConfigurationFiles.Load(_file)).Problems);

        Assert.Contains(_file, problem, StringComparison.Ordinal);
        Assert.Contains(" Line 2: ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_in_the_place_of_the_configuration_is_not_quoted_and_its_option_is_named()
    {
        var plan = _file + ".yaml";
        File.WriteAllText(plan, "name: shop\nhooks:\n  - { when: event, url: 'http://chat/secret LineNumber: 1' }\n");
        try
        {
            var problem = Assert.Single(Assert.Throws<ConfigurationProblems>(() => ConfigurationFiles.Load(plan)).Problems);

            Assert.Contains("Line 1: 'name:…' is an invalid JSON literal.", problem, StringComparison.Ordinal);
            Assert.EndsWith("give a plan in YAML with --plan.", problem, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(plan);
        }
    }

    [Theory]
    [InlineData("Rollouts", "Write a plan under a name of its own, or give a file with --plan.")]
    [InlineData("Sharing", """Write { "Redis": "redis:6379" }.""")]
    [InlineData("Admin", """Write { "Tokens": { "ann": "sha256:…" } }.""")]
    [InlineData("Admin:Tokens", """Write { "ann": "sha256:…" }.""")]
    [InlineData("Hooks", """Write { "Allow": [ "10.0.0.0/8" ] }.""")]
    [InlineData("Hooks:Allow", """Write [ "10.0.0.0/8" ], or set Snapback__Hooks__Allow__0 and so on.""")]
    [InlineData("Hooks:Hosts", """Write { "smoke-runner": "10.1.2.3" }.""")]
    [InlineData("Providers", """Write { "prometheus": { "Address": "http://prometheus:9090" } }.""")]
    [InlineData("Providers:prometheus", """Write { "Address": "http://prometheus:9090" }.""")]
    [InlineData("Providers:prometheus:Headers", """Write { "Authorization": "Bearer …" }.""")]
    [InlineData("FeatureFilters", """Write [ "/opt/filters/Ours.dll" ], or set Snapback__FeatureFilters__0 and so on.""")]
    public void A_text_in_place_of_a_list_or_a_section_is_an_error_since_nothing_reads_it(string key, string remedy)
    {
        Assert.Equal([$"Snapback:{key} is one text, which nothing reads. {remedy}"], Problems(key, "x"));
        Assert.Empty(Problems(key, ""));
    }

    [Theory]
    [InlineData("AdminUrls", "; several addresses have ';' between them")]
    [InlineData("Sharing:Redis", "")]
    [InlineData("Hooks:SecretFile", "")]
    [InlineData("Providers:prometheus:Address", "")]
    public void A_list_in_place_of_a_text_is_an_error_since_nothing_reads_it(string key, string more) =>
        Assert.Equal([$"Snapback:{key} is a list or a section. Write it as one text{more}."], Problems(key + ":0", "x"));

    [Theory]
    [InlineData("")]
    [InlineData(" ; ")]
    public void A_listener_without_an_address_is_refused_since_Kestrel_would_choose_one(string urls)
    {
        var problems = new List<string>();
        ConfigurationFiles.Merge(new Settings { Urls = urls, AdminUrls = urls }, new ConfigurationBuilder().Build(), _ => true, problems);
        Assert.Equal(
            [
                "--urls is empty. Give an address such as http://*:8080.",
                "--admin-urls is empty. Give an address such as http://127.0.0.1:8081."
            ],
            problems);
    }

    [Theory]
    [InlineData("AdminUrls", "http://*:8081", "--admin-urls")]
    [InlineData("AdminUrls", "https://127.0.0.1:8081;https://10.0.0.1:8081", "--admin-urls")]
    [InlineData("FlagsUrls", "http://0.0.0.0:8082", "--flags-urls")]
    public void A_side_that_other_machines_reach_is_refused_without_a_token(string key, string urls, string option)
    {
        Assert.StartsWith($"{option}: '{urls}' can be reached from other machines, and nobody would have to log in.", Assert.Single(Problems(key, urls)));
        var token = option == "--admin-urls"
            ? ("Admin:Tokens:ann", "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")
            : ("FlagsTokenFile", Written("a token"));
        Assert.Empty(Problems((key, urls), token));
    }

    private string Written(string text)
    {
        File.WriteAllText(_file, text);
        return _file;
    }

    private static List<string> Problems(string key, string value) => Problems((key, value));

    private static List<string> Problems(params (string Key, string Value)[] settings)
    {
        var problems = new List<string>();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Snapback:{setting.Key}", (string?)setting.Value)))
            .Build();
        ConfigurationFiles.Merge(new Settings(), configuration, _ => false, problems);
        return problems;
    }

    private static string Documents([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs"));

    [GeneratedRegex(@"(?<!--)\bSnapback(?::|__)([A-Za-z]+(?:(?::|__)[A-Za-z]+)*)")]
    private static partial Regex Setting();

    [GeneratedRegex("^[^ ]+ is not known")]
    private static partial Regex NotKnown();
}
