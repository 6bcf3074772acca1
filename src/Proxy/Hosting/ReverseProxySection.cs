using Snapback.Proxy.Forwarding;
using Yarp.ReverseProxy.Configuration;

namespace Snapback.Proxy.Hosting;

/// <summary>YARP's own section of the configuration, with all that its routes and clusters may name.</summary>
internal static class ReverseProxySection
{
    private const string Name = "ReverseProxy";

    /// <param name="changes">The section to load, if its later changes are to be checked; null loads the configuration's own.</param>
    /// <exception cref="ConfigurationProblems">A value in it is invalid.</exception>
    public static void Add(WebApplicationBuilder builder, Settings settings, IConfiguration configuration, IConfiguration? changes = null)
    {
        if (WrongValue.Of(configuration.GetSection(Name)).Select(wrong => wrong.Sentence).ToList() is { Count: > 0 } problems)
        {
            throw new ConfigurationProblems(problems);
        }

        builder.Services.AddRouting().AddRequestTimeouts();
        var yarp = builder.Services.AddReverseProxy().LoadFromConfig(changes ?? configuration.GetSection(Name)).AddTransforms<Verbatim>();
        if (settings.IsSidecar)
        {
            yarp.LoadFromMemory(Sidecar.Routes, Sidecar.Clusters(settings));
        }

        Identity.Add(builder, configuration);
    }

    /// <summary>The section, which follows changes of its file only if the proxy would start with them.</summary>
    public static CheckedReload Changing(Settings settings, IConfiguration configuration, Serilog.ILogger logger) =>
        new(
            configuration,
            Name,
            async () =>
                [
                    .. ConfigurationFiles.Unreadable(configuration), .. DeadEnds.Of(settings, configuration),
                    .. await ProblemsAsync(settings, configuration)
                ],
            logger);

    /// <summary>The section's invalid values, and what else YARP would refuse when it loads, found without starting anything.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(Settings settings, IConfiguration configuration)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var wrong = WrongValue.Of(configuration.GetSection(Name)).ToList();
        Add(builder, settings, WrongValue.Mend(configuration, wrong));
        await using var app = builder.Build();
        var validator = app.Services.GetRequiredService<IConfigValidator>();
        var problems = new List<Exception>();
        foreach (var provider in app.Services.GetServices<IProxyConfigProvider>())
        {
            try
            {
                var read = provider.GetConfig();
                foreach (var route in read.Routes)
                {
                    problems.AddRange(await validator.ValidateRouteAsync(route));
                }

                foreach (var cluster in read.Clusters)
                {
                    problems.AddRange(await validator.ValidateClusterAsync(cluster));
                }
            }
            catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
            {
                // A value that cannot be parsed: then YARP reads no route and no cluster.
                problems.Add(e);
            }
        }

        return [.. wrong.Select(value => value.Sentence), .. problems.Select(Sentence), .. Identity.Problems(configuration, app.Services)];
    }

    /// <inheritdoc cref="YarpKeys.Unread(IConfigurationSection)"/>
    public static IEnumerable<string> Unread(IConfiguration configuration) => YarpKeys.Unread(configuration.GetSection(Name));

    public static string Sentence(Exception e) => $"ReverseProxy: {e.Message.TrimEnd('.')}. Correct the ReverseProxy section of the configuration.";
}
