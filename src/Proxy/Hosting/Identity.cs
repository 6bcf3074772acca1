using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Authenticates callers by a bearer token, as the framework's own section <c>Authentication:Schemes:Bearer</c> says. Without that section
/// nobody has claims and nothing is checked; with it, a request with an invalid token is anonymous.
/// </summary>
internal static class Identity
{
    public const string Section = "Authentication:Schemes:Bearer";

    public static void Add(WebApplicationBuilder builder, IConfiguration configuration)
    {
        if (IsConfigured(configuration))
        {
            // Only this section: the rest of the file would configure the server a second time.
            builder.Configuration.AddInMemoryCollection(configuration.GetSection("Authentication").AsEnumerable());
            // Claims keep the names that they have in the token.
            builder.Services.AddAuthentication().AddJwtBearer(bearer => bearer.MapInboundClaims = false);
            builder.Services.AddAuthorization();
        }
    }

    /// <summary>After the routing, so that a route's own AuthorizationPolicy is seen.</summary>
    /// <exception cref="ConfigurationProblems">With the section as it is, no request would be answered.</exception>
    public static void Use(IApplicationBuilder app, IConfiguration configuration)
    {
        if (Problems(configuration, app.ApplicationServices) is { Count: > 0 } problems)
        {
            throw new ConfigurationProblems(problems);
        }

        if (IsConfigured(configuration))
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }
        else
        {
            // Tells the framework that the middleware is there. Otherwise it would add one, since YARP registers its services, and every
            // request would pass through it for nothing.
            app.Properties["__AuthorizationMiddlewareSet"] = true;
        }
    }

    /// <summary>What is wrong with the section, by our own words where we have them.</summary>
    /// <param name="services">Those that <see cref="Add"/> has added to.</param>
    public static IReadOnlyList<string> Problems(IConfiguration configuration, IServiceProvider services) =>
        IdentityKeys.Problems(configuration).ToList() is { Count: > 0 } problems ? problems
        : IsConfigured(configuration) ? [.. OfFramework(services)]
        : [];

    /// <summary>
    /// What the framework would say of the section at the first request, and at every one. Only where there is one: its types bring assemblies
    /// with them that nothing else needs.
    /// </summary>
    private static IEnumerable<string> OfFramework(IServiceProvider services)
    {
        try
        {
            _ = services.GetService<IOptionsMonitor<JwtBearerOptions>>()?.Get(JwtBearerDefaults.AuthenticationScheme);
            return [];
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            return [$"{Section}: {e.Message} Correct it, or leave the section out: nobody has claims then."];
        }
    }

    public static bool IsConfigured(IConfiguration configuration) => configuration.GetSection(Section).Exists();
}
